// Listfolder lists the app's folder in a user's Google Drive, whether or not the user is online.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"

	tokenvault "example.com/listfolder/gen/tokenvault/v1"
)

func listFolder(ctx context.Context, userID string) error {
	conn, err := dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	tokens := &userTokens{
		vault:  tokenvault.NewTokenVaultClient(conn),
		userID: userID,
		scopes: []string{drive.DriveAppdataScope},
	}
	client := &http.Client{
		Transport: &repeatRejected{tokens: tokens, next: &oauth2.Transport{Source: tokens}},
		Timeout:   time.Minute,
	}
	options := []option.ClientOption{option.WithHTTPClient(client)}
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
	err := listFolder(context.Background(), os.Args[1])
	var failed *tokenVaultError
	switch {
	case err == nil:
	case !errors.As(err, &failed):
		exit(1, err.Error())
	case failed.userHasToConnect():
		exit(3, failed.reason+": ask the user to connect the Google account again")
	case failed.mayPass:
		exit(4, failed.Error()+": try again later", failed.detail)
	default:
		request := failed.requestID
		exit(5, failed.Error()+": ask TokenVault's operators about request "+request, failed.detail)
	}
}

func exit(code int, lines ...string) {
	fmt.Fprintln(os.Stderr, strings.TrimSpace(strings.Join(lines, "\n")))
	os.Exit(code)
}
