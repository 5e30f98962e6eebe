"""Google credentials of users, from TokenVault. Meant to be copied into a service."""

import hashlib
import os
from pathlib import Path

import grpc
from google.oauth2.credentials import Credentials
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RequestInfo, RetryInfo
from grpc_status import rpc_status

from tokenvault.v1.token_vault_pb2 import GetAccessTokenRequest
from tokenvault.v1.token_vault_pb2_grpc import TokenVaultStub

SERVICE_CONFIG = Path(__file__).with_name("proto") / "tokenvault/v1/service_config.json"
DEADLINE_SECONDS = 10  # of a call with all its retries
# google-auth takes no token that ends within 3:45 min.
MIN_TTL = Duration(seconds=300)

# What the user has to mend, by connecting the Google account again.
USER_HAS_TO_CONNECT = {
    "USER_NOT_CONNECTED",
    "USER_RECONSENT_REQUIRED",
    "USER_REVOKED",
    "USER_REAUTH_REQUIRED",
    "SCOPE_NOT_GRANTED",
}


class TokenVaultError(Exception):
    """Why there is no token. Act on `reason`; it is empty where gRPC itself failed with `code`."""

    def __init__(self, error: grpc.RpcError):
        info = _detail(error, ErrorInfo)
        retry = _detail(error, RetryInfo)
        self.code = error.code()
        self.reason = info.reason
        self.metadata = dict(info.metadata)
        self.request_id = _detail(error, RequestInfo).request_id
        self.user_has_to_connect = self.reason in USER_HAS_TO_CONNECT
        self.may_pass = retry.HasField("retry_delay") or (
            not self.reason
            and self.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
        )
        # What the library found, such as a certificate that it does not trust.
        self.detail = "" if self.reason else error.details()
        super().__init__(self.reason or self.code.name)


def open_channel() -> grpc.Channel:
    """One for the whole process. The certificate is read once: after a renewal open another."""
    ca, key, cert = (
        Path(os.environ[name]).read_bytes()
        for name in ("TOKENVAULT_CA_FILE", "TOKENVAULT_KEY_FILE", "TOKENVAULT_CERT_FILE")
    )
    return grpc.secure_channel(
        os.environ["TOKENVAULT_ADDRESS"],
        grpc.ssl_channel_credentials(ca, key, cert),
        options=[
            ("grpc.service_config", SERVICE_CONFIG.read_text()),
            ("grpc.service_config_disable_resolution", 1),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 5_000),
        ],
    )


def user_credentials(channel: grpc.Channel, user_id: str, scopes: list[str]) -> Credentials:
    """Credentials that get their tokens from TokenVault: one object for a user and these scopes."""
    vault = TokenVaultStub(channel)

    def fetch(_request, scopes):
        request = GetAccessTokenRequest(user_id=user_id, scopes=scopes, min_ttl=MIN_TTL)
        if credentials.valid:
            # A token that is still good is replaced for one reason only: Google answered 401 to it.
            request.rejected_token_sha256 = hashlib.sha256(credentials.token.encode()).digest()
        try:
            reply = vault.GetAccessToken(request, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            raise TokenVaultError(error) from error
        return reply.access_token, reply.expire_time.ToDatetime()

    credentials = Credentials(token=None, scopes=scopes, refresh_handler=fetch)
    return credentials


def _detail(error: grpc.RpcError, kind):
    """The detail of this kind that the status carries, or an empty one."""
    found = kind()
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        detail.Unpack(found)
    return found
