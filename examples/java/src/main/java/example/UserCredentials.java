package example;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.OAuth2Credentials;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.StatusRuntimeException;
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

  private final transient TokenVaultBlockingStub vault;
  private final String userId;
  private final List<String> scopes;

  public UserCredentials(TokenVaultBlockingStub vault, String userId, List<String> scopes) {
    this.vault = vault;
    this.userId = userId;
    this.scopes = scopes;
  }

  @Override
  public AccessToken refreshAccessToken() throws TokenVaultException {
    GetAccessTokenRequest.Builder request =
        GetAccessTokenRequest.newBuilder()
            .setUserId(userId)
            .addAllScopes(scopes)
            .setMinTtl(MIN_TTL);
    AccessToken current = getAccessToken();
    if (current != null && livesLongEnough(current)) {
      // It is replaced for one reason only: Google answered 401 to it.
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

  private static boolean livesLongEnough(AccessToken token) {
    long ttlMs = token.getExpirationTime().getTime() - System.currentTimeMillis();
    return ttlMs > MIN_TTL.getSeconds() * 1000;
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
