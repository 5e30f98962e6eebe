package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	tokenvault "example.com/listfolder/gen/tokenvault/v1"
)

// vault gives the token "old", and "new" to those who say that Google refused one; or fails.
type vault struct {
	tokenvault.TokenVaultClient
	calls atomic.Int32
	takes time.Duration
	fails error
}

func (v *vault) GetAccessToken(
	_ context.Context, request *tokenvault.GetAccessTokenRequest, _ ...grpc.CallOption,
) (*tokenvault.GetAccessTokenResponse, error) {
	v.calls.Add(1)
	time.Sleep(v.takes)
	if v.fails != nil {
		return nil, v.fails
	}
	token := "old"
	if len(request.RejectedTokenSha256) > 0 {
		token = "new"
	}
	end := timestamppb.New(time.Now().Add(time.Hour))
	return &tokenvault.GetAccessTokenResponse{AccessToken: token, TokenType: "Bearer", ExpireTime: end}, nil
}

// google refuses the token "old".
func google(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer old" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func send(t *testing.T, client *http.Client, request *http.Request) int {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestRefusedTokenIsReplacedWhereARequestHasABody(t *testing.T) {
	url := google(t).URL
	v := &vault{}
	client := (&userTokens{vault: v}).httpClient()
	again, _ := http.NewRequest(http.MethodPost, url, strings.NewReader("hello"))
	if status := send(t, client, again); status != http.StatusOK || v.calls.Load() != 2 {
		t.Fatalf("got %d after %d calls", status, v.calls.Load())
	}
}

func TestRefusedTokenIsReplacedAfterAnUploadThatCannotBeRepeated(t *testing.T) {
	url := google(t).URL
	v := &vault{}
	client := (&userTokens{vault: v}).httpClient()
	for _, want := range []int{http.StatusUnauthorized, http.StatusOK} {
		// Of a type whose beginning net/http does not know how to find again.
		body := struct{ *strings.Reader }{strings.NewReader("hello")}
		upload, _ := http.NewRequest(http.MethodPost, url, body)
		if status := send(t, client, upload); status != want {
			t.Fatalf("got %d, want %d", status, want)
		}
	}
}

func TestAllWhoWaitShareOneCallAndHowItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{takes: time.Second, fails: status.Error(codes.Unavailable, "")}
		tokens := &userTokens{vault: v}
		began := time.Now()
		var waiters sync.WaitGroup
		for range 8 {
			waiters.Go(func() {
				_, err := tokens.Token()
				var failed *tokenVaultError
				if !errors.As(err, &failed) || !failed.mayPass {
					t.Errorf("got %v", err)
				}
			})
		}
		waiters.Wait()
		if took := time.Since(began); took != time.Second || v.calls.Load() != 1 {
			t.Errorf("took %s and %d calls", took, v.calls.Load())
		}
	})
}

func TestWhoGivesUpDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := &userTokens{vault: &vault{takes: time.Minute}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := tokens.get(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Hour) // The call goes on for the others.
	})
}

func TestTokenThatWasReplacedMeanwhileIsNotReported(t *testing.T) {
	v := &vault{}
	tokens := &userTokens{vault: v}
	for range 3 {
		if _, err := tokens.get(t.Context(), "old"); err != nil {
			t.Fatal(err)
		}
	}
	if v.calls.Load() != 1 {
		t.Errorf("%d calls", v.calls.Load())
	}
}
