package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	tokenvault "example.com/listfolder/gen/tokenvault/v1"
)

// Of a call with all its retries.
const deadline = 10 * time.Second

//go:embed proto/tokenvault/v1/service_config.json
var serviceConfig string

// dial opens a connection for the whole process; nothing is sent before the first call.
func dial() (*grpc.ClientConn, error) {
	ca, err := os.ReadFile(os.Getenv("TOKENVAULT_CA_FILE"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("TOKENVAULT_CA_FILE holds no certificate")
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		RootCAs:    roots,
		// Read for each handshake, so that a renewed certificate needs no restart.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			cert, key := os.Getenv("TOKENVAULT_CERT_FILE"), os.Getenv("TOKENVAULT_KEY_FILE")
			pair, err := tls.LoadX509KeyPair(cert, key)
			return &pair, err
		},
	}
	alive := keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 5 * time.Second}
	return grpc.NewClient(os.Getenv("TOKENVAULT_ADDRESS"),
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithKeepaliveParams(alive))
}

// userTokens is an oauth2.TokenSource that gets its tokens from TokenVault: one for a user and
// these scopes.
type userTokens struct {
	vault  tokenvault.TokenVaultClient
	userID string
	scopes []string

	mutex   sync.Mutex
	current *oauth2.Token
}

// Token gives the token that is kept, or a new one. Its error is a *tokenVaultError.
func (u *userTokens) Token() (*oauth2.Token, error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if u.current.Valid() {
		return u.current, nil
	}
	return u.fetch(nil)
}

// replace gets a new token for one that Google answered 401 to, unless another caller has done so.
func (u *userTokens) replace(rejected string) error {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if u.current == nil || u.current.AccessToken != rejected {
		return nil
	}
	hash := sha256.Sum256([]byte(rejected))
	_, err := u.fetch(hash[:])
	return err
}

func (u *userTokens) fetch(rejected []byte) (*oauth2.Token, error) {
	// oauth2.TokenSource knows no context, so the deadline stands here.
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	u.current = nil
	reply, err := u.vault.GetAccessToken(ctx, &tokenvault.GetAccessTokenRequest{
		UserId:              u.userID,
		Scopes:              u.scopes,
		RejectedTokenSha256: rejected,
	})
	if err != nil {
		return nil, newTokenVaultError(err)
	}
	u.current = &oauth2.Token{
		AccessToken: reply.AccessToken,
		TokenType:   reply.TokenType,
		Expiry:      reply.ExpireTime.AsTime(),
	}
	return u.current, nil
}

// repeatRejected sends a request once more, with a new token, where Google answers 401.
type repeatRejected struct {
	tokens *userTokens
	next   http.RoundTripper
}

func (r *repeatRejected) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	// A body has been read by now: an upload is for its caller to begin again.
	if err != nil || response.StatusCode != http.StatusUnauthorized || request.Body != nil {
		return response, err
	}
	response.Body.Close()
	sent := strings.TrimPrefix(response.Request.Header.Get("Authorization"), "Bearer ")
	if err := r.tokens.replace(sent); err != nil {
		return nil, err
	}
	return r.next.RoundTrip(request)
}
