package example;

import com.google.api.client.http.HttpRequestInitializer;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.OAuth2Credentials;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tokenvault.v1.TokenVaultGrpc.TokenVaultBlockingStub;
import tokenvault.v1.TokenVaultOuterClass.GetAccessTokenRequest;
import tokenvault.v1.TokenVaultOuterClass.GetAccessTokenResponse;

/** Credentials that get their tokens from TokenVault: one object for a user and these scopes. */
public final class UserCredentials extends OAuth2Credentials {
  /** Of a call with all its retries. */
  private static final long DEADLINE_SECONDS = 10;

  /** These credentials replace a token 3:45 min before it ends. */
  private static final Duration MIN_TTL = Duration.newBuilder().setSeconds(300).build();

  private static final int UNAUTHORIZED = 401;

  private final transient TokenVaultBlockingStub vault;
  private final String userId;
  private final List<String> scopes;

  /** The last token that Google answered 401 to. */
  private transient volatile String refused;

  public UserCredentials(TokenVaultBlockingStub vault, String userId, List<String> scopes) {
    this.vault = vault;
    this.userId = userId;
    this.scopes = scopes;
  }

  /**
   * Signs the requests of Google's clients. After a 401 the token is replaced and the request sent
   * again, once.
   */
  public HttpRequestInitializer signing() {
    HttpCredentialsAdapter adapter = new HttpCredentialsAdapter(this);
    return request -> {
      adapter.initialize(request);
      request.setConnectTimeout(5_000).setReadTimeout(20_000).setNumberOfRetries(1);
      // The adapter's own handler only logs why there is no new token.
      request.setUnsuccessfulResponseHandler(
          (sent, response, mayRepeat) -> {
            if (response.getStatusCode() != UNAUTHORIZED) {
              return false;
            }
            // Also where this request cannot be sent again: for those that follow.
            replace(sent.getHeaders().getAuthorization());
            sent.getHeaders().setAuthorization(bearer());
            return mayRepeat;
          });
    };
  }

  /** Unless another request has had the same answer, and replaced the token already. */
  private void replace(String authorization) throws IOException {
    if (bearer().equals(authorization)) {
      refused = authorization;
      refresh();
    }
  }

  private String bearer() {
    return "Bearer " + getAccessToken().getTokenValue();
  }

  @Override
  public AccessToken refreshAccessToken() throws TokenVaultException {
    GetAccessTokenRequest.Builder request =
        GetAccessTokenRequest.newBuilder()
            .setUserId(userId)
            .addAllScopes(scopes)
            .setMinTtl(MIN_TTL);
    AccessToken current = getAccessToken();
    if (current != null && bearer().equals(refused)) {
      request.setRejectedTokenSha256(sha256(current.getTokenValue()));
    }
    try {
      GetAccessTokenResponse reply =
          vault
              .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
              .getAccessToken(request.build());
      return new AccessToken(
          reply.getAccessToken(), new Date(reply.getExpireTime().getSeconds() * 1000));
    } catch (StatusRuntimeException failed) {
      throw new TokenVaultException(failed);
    }
  }

  private static ByteString sha256(String token) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return ByteString.copyFrom(digest.digest(token.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
