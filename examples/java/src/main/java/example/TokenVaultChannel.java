package example;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The connection to TokenVault: one for the whole process. */
final class TokenVaultChannel {
  private static final List<String> SETTINGS =
      List.of(
          "TOKENVAULT_ADDRESS",
          "TOKENVAULT_CA_FILE",
          "TOKENVAULT_CERT_FILE",
          "TOKENVAULT_KEY_FILE");

  private TokenVaultChannel() {}

  /**
   * The certificate is read once: after a renewal open another, or give {@code keyManager} the
   * {@code AdvancedTlsX509KeyManager} of grpc-util, which reads it again.
   *
   * @throws IllegalArgumentException where a variable is not set
   */
  static ManagedChannel open(Map<String, String> env) throws IOException {
    String missing =
        SETTINGS.stream()
            .filter(name -> env.getOrDefault(name, "").isEmpty())
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException("not set: " + missing);
    }
    ChannelCredentials credentials =
        TlsChannelCredentials.newBuilder()
            .trustManager(new File(env.get("TOKENVAULT_CA_FILE")))
            .keyManager(
                new File(env.get("TOKENVAULT_CERT_FILE")), new File(env.get("TOKENVAULT_KEY_FILE")))
            .build();
    return Grpc.newChannelBuilder(env.get("TOKENVAULT_ADDRESS"), credentials)
        .defaultServiceConfig(serviceConfig())
        .keepAliveTime(30, TimeUnit.SECONDS)
        .keepAliveTimeout(5, TimeUnit.SECONDS)
        .build();
  }

  /** Which calls are repeated, and how often. */
  private static Map<String, ?> serviceConfig() throws IOException {
    String file = "/tokenvault/v1/service_config.json";
    try (InputStream json = TokenVaultChannel.class.getResourceAsStream(file)) {
      return new Gson()
          .fromJson(
              new InputStreamReader(json, StandardCharsets.UTF_8),
              new TypeToken<Map<String, Object>>() {});
    }
  }
}
