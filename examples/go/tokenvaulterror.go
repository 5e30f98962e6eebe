package main

import (
	"slices"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What the user has to mend, by connecting the Google account again.
var userHasToConnect = []string{
	"USER_NOT_CONNECTED",
	"USER_RECONSENT_REQUIRED",
	"USER_REVOKED",
	"USER_REAUTH_REQUIRED",
	"SCOPE_NOT_GRANTED",
}

// tokenVaultError says why there is no token. The reason is empty where gRPC itself failed with a
// code.
type tokenVaultError struct {
	code      codes.Code
	reason    string
	metadata  map[string]string
	requestID string
	// What the library found, such as a certificate that it does not trust; only without a reason.
	detail string
	// Whether the same call can succeed later.
	mayPass bool
}

func newTokenVaultError(err error) *tokenVaultError {
	failed := status.Convert(err)
	e := &tokenVaultError{code: failed.Code()}
	for _, detail := range failed.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			e.reason, e.metadata = detail.Reason, detail.Metadata
		case *errdetails.RequestInfo:
			e.requestID = detail.RequestId
		case *errdetails.RetryInfo:
			e.mayPass = true
		}
	}
	if e.reason == "" {
		e.detail = failed.Message()
		e.mayPass = e.code == codes.Unavailable || e.code == codes.DeadlineExceeded
	}
	return e
}

// Error leaves the detail out: Google's client repeats requests for some of the words in it.
func (e *tokenVaultError) Error() string {
	if e.reason == "" {
		return e.code.String()
	}
	return e.reason
}

func (e *tokenVaultError) userHasToConnect() bool {
	return slices.Contains(userHasToConnect, e.reason)
}
