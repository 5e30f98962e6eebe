import { google } from 'googleapis';
import { TokenVault } from 'tokenvault-client';

const vault = new TokenVault();

const [userId = ''] = process.argv.slice(2);
const scopes = ['https://www.googleapis.com/auth/drive.readonly'];
const drive = google.drive({ version: 'v3', auth: vault.googleAuth({ userId, scopes }) });

const { data } = await drive.files.list({ pageSize: 10 });
for (const { name } of data.files ?? []) console.log(name);
