// Listfolder lists the app's folder in a user's Google Drive, whether or not the user is online.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	"google.golang.org/grpc"

	tokenvault "example.com/listfolder/gen/tokenvault/v1"
)

func listFolder(ctx context.Context, conn *grpc.ClientConn, userID string) error {
	tokens := &userTokens{
		vault:  tokenvault.NewTokenVaultClient(conn),
		userID: userID,
		scopes: []string{drive.DriveAppdataScope},
	}
	options := []option.ClientOption{option.WithHTTPClient(tokens.httpClient())}
	if root := os.Getenv("GOOGLE_ROOT_URL"); root != "" {
		options = append(options, option.WithEndpoint(root+"/drive/v3/"))
	}
	service, err := drive.NewService(ctx, options...)
	if err != nil {
		return err
	}
	list := service.Files.List().Spaces("appDataFolder").Fields("nextPageToken", "files(name)")
	return list.Pages(ctx, func(page *drive.FileList) error {
		for _, file := range page.Files {
			fmt.Println(file.Name)
		}
		return nil
	})
}

func main() {
	if len(os.Args) != 2 {
		exit(2, "usage: listfolder USER_ID")
	}
	conn, err := dial()
	if err != nil {
		exit(2, err.Error())
	}
	defer conn.Close()
	err = listFolder(context.Background(), conn, os.Args[1])
	var failed *tokenVaultError
	switch {
	case err == nil:
	case errors.As(err, &failed):
		code, advice := whatToDo(failed)
		exit(code, failed.Error()+": "+advice, failed.detail)
	default:
		exit(1, err.Error())
	}
}

// whatToDo gives an exit code and an advice.
func whatToDo(failed *tokenVaultError) (int, string) {
	switch {
	case failed.userHasToConnect():
		return 3, "ask the user to connect the Google account again"
	case failed.reason == "ADMIN_POLICY_ENFORCED":
		return 3, "tell the user that the administrator of their organisation blocks this"
	case failed.reason == "FIELD_INVALID":
		return 2, "correct the request"
	case failed.mayPass && failed.reason == "":
		return 4, "try again later; if it stays, check the address and the certificates"
	case failed.mayPass:
		return 4, "try again later"
	case failed.requestID == "":
		return 5, "ask TokenVault's operators"
	default:
		return 5, "ask TokenVault's operators about request " + failed.requestID
	}
}

func exit(code int, lines ...string) {
	fmt.Fprintln(os.Stderr, strings.TrimSpace(strings.Join(lines, "\n")))
	os.Exit(code)
}
