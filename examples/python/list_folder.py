"""Lists the app's folder in a user's Google Drive, whether or not the user is online."""

import os
import sys

from googleapiclient.discovery import build

from user_credentials import (
    SettingsError,
    TokenVaultError,
    UserCredentials,
    authorized_http,
    open_channel,
)

SCOPES = ["https://www.googleapis.com/auth/drive.appdata"]
DRIVE = os.environ.get("GOOGLE_ROOT_URL", "https://www.googleapis.com") + "/drive/v3/"


def list_folder(user_id: str) -> None:
    with open_channel() as channel:
        http = authorized_http(UserCredentials(channel, user_id, SCOPES))
        drive = build("drive", "v3", http=http, client_options={"api_endpoint": DRIVE})
        request = drive.files().list(spaces="appDataFolder", fields="nextPageToken,files(name)")
        while request is not None:
            page = request.execute()
            for file in page["files"]:
                print(file["name"])
            request = drive.files().list_next(request, page)


def what_to_do(error: TokenVaultError) -> tuple[int, str]:
    """An exit code and an advice."""
    if error.user_has_to_connect:
        return 3, "ask the user to connect the Google account again"
    if error.reason == "ADMIN_POLICY_ENFORCED":
        return 3, "tell the user that the administrator of their organisation blocks this"
    if error.reason == "FIELD_INVALID":
        return 2, "correct the request"
    if error.may_pass and not error.reason:
        return 4, "try again later; if it stays, check the address and the certificates"
    if error.may_pass:
        return 4, "try again later"
    request = f" about request {error.request_id}" if error.request_id else ""
    return 5, f"ask TokenVault's operators{request}"


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: list_folder.py USER_ID", file=sys.stderr)
        return 2
    try:
        list_folder(sys.argv[1])
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except TokenVaultError as error:
        code, advice = what_to_do(error)
        print(f"{error}: {advice}", file=sys.stderr)
        if error.detail:
            print(error.detail, file=sys.stderr)
        return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
