package example;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** Why there is no token. Act on the reason; it is empty where gRPC itself failed with a code. */
public final class TokenVaultException extends IOException {
  /** What the user has to mend, by connecting the Google account again. */
  private static final Set<String> USER_HAS_TO_CONNECT =
      Set.of(
          "USER_NOT_CONNECTED",
          "USER_RECONSENT_REQUIRED",
          "USER_REVOKED",
          "USER_REAUTH_REQUIRED",
          "SCOPE_NOT_GRANTED");

  private final Status.Code code;
  private final ErrorInfo info;
  private final String requestId;
  private final String detail;
  private final boolean mayPass;

  TokenVaultException(StatusRuntimeException cause) {
    super(cause);
    code = cause.getStatus().getCode();
    info = detail(cause, ErrorInfo.getDefaultInstance());
    requestId = detail(cause, RequestInfo.getDefaultInstance()).getRequestId();
    detail = reason().isEmpty() ? cause.getStatus().getDescription() : "";
    boolean gotNoAnswer = code == Status.Code.UNAVAILABLE || code == Status.Code.DEADLINE_EXCEEDED;
    mayPass =
        detail(cause, RetryInfo.getDefaultInstance()).hasRetryDelay()
            || (reason().isEmpty() && gotNoAnswer);
  }

  @Override
  public String getMessage() {
    return reason().isEmpty() ? code.toString() : reason();
  }

  public String reason() {
    return info.getReason();
  }

  /** What is fixed for the reason, such as {@code missingScopes}. */
  public Map<String, String> metadata() {
    return info.getMetadataMap();
  }

  public String requestId() {
    return requestId;
  }

  /** What the library found, such as a certificate that is not trusted; empty with a reason. */
  public String detail() {
    return detail;
  }

  public boolean userHasToConnect() {
    return USER_HAS_TO_CONNECT.contains(reason());
  }

  /** Whether the same call can succeed later. */
  public boolean mayPass() {
    return mayPass;
  }

  /** The detail of this kind that the status carries, or {@code none}. */
  private static <T extends Message> T detail(StatusRuntimeException failed, T none) {
    try {
      for (Any detail : StatusProto.fromThrowable(failed).getDetailsList()) {
        if (detail.isSameTypeAs(none)) {
          return detail.unpackSameTypeAs(none);
        }
      }
    } catch (InvalidProtocolBufferException unreadable) {
      // As where there is none.
    }
    return none;
  }
}
