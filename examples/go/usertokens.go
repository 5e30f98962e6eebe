package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
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
	if err := checkSettings(); err != nil {
		return nil, err
	}
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

func checkSettings() error {
	var missing []string
	for _, name := range []string{
		"TOKENVAULT_ADDRESS", "TOKENVAULT_CA_FILE", "TOKENVAULT_CERT_FILE", "TOKENVAULT_KEY_FILE",
	} {
		if os.Getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return fmt.Errorf("not set: %s", strings.Join(missing, ", "))
	}
	return nil
}

// userTokens is an oauth2.TokenSource that gets its tokens from TokenVault: one for a user and
// these scopes.
type userTokens struct {
	vault  tokenvault.TokenVaultClient
	userID string
	scopes []string

	current atomic.Pointer[oauth2.Token]
	flights singleflight.Group
}

// Token gives the token that is kept, or a new one. Its error is a *tokenVaultError.
func (u *userTokens) Token() (*oauth2.Token, error) {
	return u.get(context.Background(), "")
}

// httpClient is for the options of Google's clients. It signs each request with the user's token,
// and where Google answers 401 sends it once more, with another token.
func (u *userTokens) httpClient() *http.Client {
	return &http.Client{
		Transport: &signed{tokens: u, next: http.DefaultTransport},
		Timeout:   time.Minute,
	}
}

// get gives the token that is kept, unless Google answered 401 to it. All who need a new one share
// one call and how it ends, each for as long as its own context.
func (u *userTokens) get(ctx context.Context, rejected string) (*oauth2.Token, error) {
	if token := u.kept(rejected); token != nil {
		return token, nil
	}
	flight := u.flights.DoChan(rejected, func() (any, error) { return u.fetch(rejected) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case landed := <-flight:
		token, _ := landed.Val.(*oauth2.Token)
		return token, landed.Err
	}
}

func (u *userTokens) kept(rejected string) *oauth2.Token {
	if token := u.current.Load(); token.Valid() && token.AccessToken != rejected {
		return token
	}
	return nil
}

func (u *userTokens) fetch(rejected string) (*oauth2.Token, error) {
	// An earlier flight may have landed just now.
	if token := u.kept(rejected); token != nil {
		return token, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	request := &tokenvault.GetAccessTokenRequest{UserId: u.userID, Scopes: u.scopes}
	if rejected != "" {
		hash := sha256.Sum256([]byte(rejected))
		request.RejectedTokenSha256 = hash[:]
	}
	reply, err := u.vault.GetAccessToken(ctx, request)
	if err != nil {
		return nil, newTokenVaultError(err)
	}
	token := &oauth2.Token{
		AccessToken: reply.AccessToken,
		TokenType:   reply.TokenType,
		Expiry:      reply.ExpireTime.AsTime(),
	}
	u.current.Store(token)
	return token, nil
}

// signed is the transport of httpClient.
type signed struct {
	tokens *userTokens
	next   http.RoundTripper
}

func (s *signed) RoundTrip(request *http.Request) (*http.Response, error) {
	body := request.Body
	if body == nil {
		body = http.NoBody
	}
	token, err := s.tokens.get(request.Context(), "")
	if err != nil {
		body.Close()
		return nil, err
	}
	response, err := s.send(request, body, token)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	// Replaced also where this request cannot be sent again: for those that follow.
	token, err = s.tokens.get(request.Context(), token.AccessToken)
	if err != nil {
		response.Body.Close()
		return nil, err
	}
	if request.GetBody != nil {
		if body, err = request.GetBody(); err != nil {
			response.Body.Close()
			return nil, err
		}
	} else if body != http.NoBody {
		return response, nil // An upload that only its caller can begin again.
	}
	response.Body.Close()
	return s.send(request, body, token)
}

func (s *signed) send(request *http.Request, body io.ReadCloser, token *oauth2.Token) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Body = body
	token.SetAuthHeader(request)
	return s.next.RoundTrip(request)
}
