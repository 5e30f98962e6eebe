"""Lists the app's folder in a user's Google Drive, whether or not the user is online."""

import os
import sys

from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build
from googleapiclient.http import build_http

from user_credentials import TokenVaultError, open_channel, user_credentials

SCOPES = ["https://www.googleapis.com/auth/drive.appdata"]
DRIVE = os.environ.get("GOOGLE_ROOT_URL", "https://www.googleapis.com") + "/drive/v3/"


def list_folder(user_id: str) -> None:
    with open_channel() as channel:
        credentials = user_credentials(channel, user_id, SCOPES)
        # After a 401 the token is replaced and the request sent again, once.
        http = AuthorizedHttp(credentials, http=build_http(), max_refresh_attempts=1)
        drive = build("drive", "v3", http=http, client_options={"api_endpoint": DRIVE})
        request = drive.files().list(spaces="appDataFolder", fields="nextPageToken,files(name)")
        while request is not None:
            page = request.execute()
            for file in page["files"]:
                print(file["name"])
            request = drive.files().list_next(request, page)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: list_folder.py USER_ID", file=sys.stderr)
        return 2
    try:
        list_folder(sys.argv[1])
    except TokenVaultError as error:
        if error.user_has_to_connect:
            code, advice = 3, "ask the user to connect the Google account again"
        elif error.may_pass:
            code, advice = 4, "try again later"
        else:
            code, advice = 5, f"ask TokenVault's operators about request {error.request_id}"
        print(f"{error}: {advice}", file=sys.stderr)
        if error.detail:
            print(error.detail, file=sys.stderr)
        return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
