package example;

import com.google.api.client.http.HttpRequestInitializer;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.gson.GsonFactory;
import com.google.api.services.drive.Drive;
import com.google.api.services.drive.DriveScopes;
import com.google.api.services.drive.model.FileList;
import com.google.auth.http.HttpCredentialsAdapter;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import tokenvault.v1.TokenVaultGrpc;

/** Lists the app's folder in a user's Google Drive, whether or not the user is online. */
public final class ListFolder {
  private static final int UNAUTHORIZED = 401;

  private ListFolder() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      exit(2, "usage: list-folder USER_ID");
    }
    try {
      list(args[0], System.getenv());
    } catch (TokenVaultException failed) {
      String reason = failed.getMessage();
      if (failed.userHasToConnect()) {
        exit(3, reason + ": ask the user to connect the Google account again");
      }
      if (failed.mayPass()) {
        exit(4, reason + ": try again later", failed.detail());
      }
      String request = failed.requestId();
      exit(5, reason + ": ask TokenVault's operators about request " + request, failed.detail());
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
                  new NetHttpTransport(), GsonFactory.getDefaultInstance(), signedBy(credentials))
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

  /** After a 401 the token is replaced and the request sent again, once. */
  private static HttpRequestInitializer signedBy(UserCredentials credentials) {
    HttpCredentialsAdapter adapter = new HttpCredentialsAdapter(credentials);
    return request -> {
      adapter.initialize(request);
      request.setConnectTimeout(5_000).setReadTimeout(20_000).setNumberOfRetries(1);
      // The adapter's own handler only logs why there is no new token.
      request.setUnsuccessfulResponseHandler(
          (sent, response, mayRepeat) -> {
            if (response.getStatusCode() != UNAUTHORIZED || !mayRepeat) {
              return false;
            }
            // Unless another request has had the same answer, and replaced the token already.
            if (bearer(credentials).equals(sent.getHeaders().getAuthorization())) {
              credentials.refresh();
            }
            sent.getHeaders().setAuthorization(bearer(credentials));
            return true;
          });
    };
  }

  private static String bearer(UserCredentials credentials) {
    return "Bearer " + credentials.getAccessToken().getTokenValue();
  }

  private static void exit(int code, String... lines) {
    System.err.println(String.join("\n", lines).strip());
    System.exit(code);
  }
}
