// gotd's test server as a program: server [-obfuscated] KEY.pem HOST:PORT
//
// Prints "listening HOST:PORT" when it is ready and serves until it is killed. It is data centre 2, knows the
// protocol's own queries, and refuses every method of the API. A stream that ends before it is known for a transport
// ends the server, too: nothing but a client may connect.
package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/gotd/td/tgtest"
	"github.com/gotd/td/tgtest/services"
	"github.com/gotd/td/transport"
)

const dc = 2

func readKey(path string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New(path + ": no PEM")
	}
	return x509.ParsePKCS1PrivateKey(block.Bytes)
}

func serve(keyPath, address string, obfuscated bool) error {
	key, err := readKey(keyPath)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("listening", listener.Addr())
	if obfuscated {
		listener = transport.ObfuscatedListener(listener)
	}
	handler := tgtest.NewDispatcher().Fallback(services.NotImplemented)
	server := tgtest.NewServer(tgtest.NewPrivateKey(key), handler, tgtest.ServerOptions{DC: dc})
	return server.Serve(context.Background(), transport.Listen(listener))
}

func main() {
	obfuscated := flag.Bool("obfuscated", false, "expect obfuscated streams, and no others")
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := serve(flag.Arg(0), flag.Arg(1), *obfuscated); err != nil {
		fmt.Fprintln(os.Stderr, "gotd server:", err)
		os.Exit(1)
	}
}
