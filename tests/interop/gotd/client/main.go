// gotd's client as a program: client HOST PORT DC PUBKEY.pem MODE
//
// MODE is abridged, intermediate, padded or full, with _o obfuscated, with _pfs over a temporary key; or save, which
// makes a key and prints it as a session, or open, which reads a session and talks by it, without a key exchange. Exit
// status: 0 everything went as it should, 1 it did not.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/transport"
)

const (
	timeout = 30 * time.Second
	// Long enough for gotd to compress it.
	longList = 512
	atOnce   = 100
)

var protocols = map[string]dcs.Protocol{
	"abridged":     transport.Abridged,
	"intermediate": transport.Intermediate,
	"padded":       transport.PaddedIntermediate,
	"full":         transport.Full,
}

type target struct {
	host     string
	port, dc int
	keys     []telegram.PublicKey
}

func readKeys(path string) ([]telegram.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found, err := crypto.ParseRSAPublicKeys(text)
	if err != nil {
		return nil, err
	}
	var keys []telegram.PublicKey
	for _, key := range found {
		keys = append(keys, telegram.PublicKey{RSA: key})
	}
	return keys, nil
}

func readTarget(arguments []string) (t target, err error) {
	t.host = arguments[0]
	if t.port, err = strconv.Atoi(arguments[1]); err != nil {
		return
	}
	if t.dc, err = strconv.Atoi(arguments[2]); err != nil {
		return
	}
	t.keys, err = readKeys(arguments[3])
	return
}

func options(t target, mode string, storage session.Storage) (telegram.Options, error) {
	transportName, _, _ := strings.Cut(mode, "_")
	protocol, known := protocols[transportName]
	if !known {
		return telegram.Options{}, fmt.Errorf("no transport %q", transportName)
	}
	return telegram.Options{
		PublicKeys: t.keys,
		DC:         t.dc,
		DCList: dcs.List{Options: []tg.DCOption{
			{ID: t.dc, IPAddress: t.host, Port: t.port},
		}},
		Resolver: dcs.Plain(dcs.PlainOptions{
			Protocol:   protocol,
			Obfuscated: strings.Contains(mode, "_o"),
		}),
		EnablePFS:      strings.HasSuffix(mode, "_pfs"),
		SessionStorage: storage,
	}, nil
}

func expectError(err error, code int) error {
	var answer *tgerr.Error
	if !errors.As(err, &answer) || answer.Code != code {
		return fmt.Errorf("no error %d came back, but %v", code, err)
	}
	return nil
}

// Many calls at once, each answered with the right data centre.
func manyCalls(ctx context.Context, api *tg.Client, dc int) error {
	results := make(chan error, atOnce)
	for i := 0; i < atOnce; i++ {
		go func() {
			nearest, err := api.HelpGetNearestDC(ctx)
			if err == nil && nearest.ThisDC != dc {
				err = fmt.Errorf("this_dc is %d", nearest.ThisDC)
			}
			results <- err
		}()
	}
	var failure error
	for i := 0; i < atOnce; i++ {
		if err := <-results; err != nil {
			failure = err
		}
	}
	return failure
}

func talk(ctx context.Context, api *tg.Client, t target) error {
	config, err := api.HelpGetConfig(ctx)
	if err != nil {
		return err
	}
	if config.ThisDC != t.dc || config.TestMode {
		return fmt.Errorf("config: this_dc %d, test_mode %t", config.ThisDC, config.TestMode)
	}
	dropped, err := api.AuthDropTempAuthKeys(ctx, nil)
	if err != nil {
		return err
	}
	if !dropped {
		return errors.New("auth.dropTempAuthKeys answered false")
	}
	if err := manyCalls(ctx, api, t.dc); err != nil {
		return err
	}
	users := make([]tg.InputUserClass, longList)
	for i := range users {
		users[i] = &tg.InputUserSelf{}
	}
	_, err = api.UsersGetUsers(ctx, users)
	if err := expectError(err, 401); err != nil {
		return err
	}
	_, err = api.HelpGetPremiumPromo(ctx)
	return expectError(err, 400)
}

func connect(ctx context.Context, t target, mode string, storage session.Storage) error {
	settings, err := options(t, mode, storage)
	if err != nil {
		return err
	}
	client := telegram.NewClient(1, strings.Repeat("0", 32), settings)
	return client.Run(ctx, func(ctx context.Context) error {
		return talk(ctx, client.API(), t)
	})
}

func save(ctx context.Context, t target) error {
	storage := new(session.StorageMemory)
	if err := connect(ctx, t, "intermediate", storage); err != nil {
		return err
	}
	return storage.Dump(os.Stdout)
}

func openSaved(ctx context.Context, t target) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	storage := new(session.StorageMemory)
	if err := storage.StoreSession(ctx, text); err != nil {
		return err
	}
	loader := session.Loader{Storage: storage}
	before, err := loader.Load(ctx)
	if err != nil {
		return err
	}
	if err := connect(ctx, t, "intermediate", storage); err != nil {
		return err
	}
	after, err := loader.Load(ctx)
	if err == nil && !bytes.Equal(before.AuthKey, after.AuthKey) {
		err = errors.New("it has made another key")
	}
	return err
}

func drive(ctx context.Context, t target, mode string) error {
	switch mode {
	case "save":
		return save(ctx, t)
	case "open":
		return openSaved(ctx, t)
	}
	storage := new(session.StorageMemory)
	if err := connect(ctx, t, mode, storage); err != nil {
		return err
	}
	// With the key that the first has stored.
	return connect(ctx, t, mode, storage)
}

func run(arguments []string) error {
	t, err := readTarget(arguments)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return drive(ctx, t, arguments[4])
}

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: client HOST PORT DC PUBKEY.pem MODE")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gotd client:", err)
		os.Exit(1)
	}
}
