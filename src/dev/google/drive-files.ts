/** A file of the stand-in's Drive. `space` says where it lies: the hidden app folder, or My Drive. */
export interface DriveFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly space: 'appDataFolder' | 'drive';
  readonly modifiedTime: string;
  readonly content: string;
}

/** What lies in the Drive of a user that was given no files: three in the app folder, one outside. */
export const DEFAULT_FILES: readonly DriveFile[] = [
  {
    id: '1appSettings',
    name: 'settings.json',
    mimeType: 'application/json',
    space: 'appDataFolder',
    modifiedTime: '2026-10-05T08:30:00.000Z',
    content: '{"theme":"dark","language":"en","syncEveryMinutes":15}\n',
  },
  {
    id: '1appNotes',
    name: 'notes.txt',
    mimeType: 'text/plain',
    space: 'appDataFolder',
    modifiedTime: '2026-11-02T17:12:41.000Z',
    content: 'Remember: the app folder belongs to the app; the user never sees it.\n',
  },
  {
    id: '1appBackup',
    name: 'backup-2026-11-01.csv',
    mimeType: 'text/csv',
    space: 'appDataFolder',
    modifiedTime: '2026-11-01T03:00:00.000Z',
    content: 'date,steps\n2026-10-30,8412\n2026-10-31,10233\n2026-11-01,7640\n',
  },
  {
    id: '1driveReport',
    name: 'Report.txt',
    mimeType: 'text/plain',
    space: 'drive',
    modifiedTime: '2026-09-18T10:00:00.000Z',
    content: 'A document in My Drive.\n',
  },
];
