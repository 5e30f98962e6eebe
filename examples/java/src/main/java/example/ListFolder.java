package example;

import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.gson.GsonFactory;
import com.google.api.services.drive.Drive;
import com.google.api.services.drive.DriveScopes;
import com.google.api.services.drive.model.FileList;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import tokenvault.v1.TokenVaultGrpc;

/** Lists the app's folder in a user's Google Drive, whether or not the user is online. */
public final class ListFolder {
  private ListFolder() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      exit(2, "usage: list-folder USER_ID");
    }
    try {
      list(args[0], System.getenv());
    } catch (IllegalArgumentException missing) {
      exit(2, missing.getMessage());
    } catch (TokenVaultException failed) {
      exitWithAdvice(failed);
    }
  }

  private static void list(String userId, Map<String, String> env) throws IOException {
    ManagedChannel channel = TokenVaultChannel.open(env);
    try {
      UserCredentials credentials =
          new UserCredentials(
              TokenVaultGrpc.newBlockingStub(channel),
              userId,
              List.of(DriveScopes.DRIVE_APPDATA));
      Drive drive =
          new Drive.Builder(
                  new NetHttpTransport(), GsonFactory.getDefaultInstance(), credentials.signing())
              .setApplicationName("list-folder")
              .setRootUrl(env.getOrDefault("GOOGLE_ROOT_URL", "https://www.googleapis.com") + "/")
              .build();
      String page = null;
      do {
        FileList files =
            drive
                .files()
                .list()
                .setSpaces("appDataFolder")
                .setFields("nextPageToken,files(name)")
                .setPageToken(page)
                .execute();
        files.getFiles().forEach(file -> System.out.println(file.getName()));
        page = files.getNextPageToken();
      } while (page != null);
    } finally {
      channel.shutdownNow();
    }
  }

  private static void exitWithAdvice(TokenVaultException failed) {
    String reason = failed.getMessage();
    if (failed.userHasToConnect()) {
      exit(3, reason + ": ask the user to connect the Google account again");
    }
    if (failed.reason().equals("ADMIN_POLICY_ENFORCED")) {
      exit(3, reason + ": tell the user that the administrator of their organisation blocks this");
    }
    if (failed.reason().equals("FIELD_INVALID")) {
      exit(2, reason + ": correct the request");
    }
    if (failed.mayPass()) {
      boolean unanswered = failed.reason().isEmpty();
      String more = unanswered ? "; if it stays, check the address and the certificates" : "";
      exit(4, reason + ": try again later" + more, failed.detail());
    }
    String request = failed.requestId().isEmpty() ? "" : " about request " + failed.requestId();
    exit(5, reason + ": ask TokenVault's operators" + request, failed.detail());
  }

  private static void exit(int code, String... lines) {
    System.err.println(String.join("\n", lines).strip());
    System.exit(code);
  }
}
