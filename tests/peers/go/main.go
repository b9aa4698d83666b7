// SPDX-License-Identifier: Apache-2.0

// Calls every method of the clients in github.com/Dstack-TEE/dstack/sdk/go;
// what it prints is as python/peer.py says.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/Dstack-TEE/dstack/sdk/go/dstack"
	"github.com/Dstack-TEE/dstack/sdk/go/tappd"
)

var (
	ctx     = context.Background()
	quiet   = slog.New(slog.NewTextHandler(io.Discard, nil))
	short   = []byte("libdstack peers")
	message = []byte("Test message for signing")
	content = []byte("test content")
	names   = []string{"peer.example", "127.0.0.1"}
	hashes  = []string{"sha256", "sha384", "sha512", "sha3-256", "sha3-384",
		"sha3-512", "keccak256", "keccak384", "keccak512"}
)

func full() []byte {
	b := make([]byte, 64)
	for i := range b {
		b[i] = byte(i + 1)
	}
	return b
}

// facts collects "name=hex"; the first error stays.
type facts struct {
	list []string
	err  error
}

func (f *facts) bytes(name string, value []byte, err error) {
	if f.err == nil {
		f.err = err
	}
	f.list = append(f.list, name+"="+hex.EncodeToString(value))
}

func (f *facts) text(name, value string) { f.bytes(name, []byte(value), nil) }

func (f *facts) hex(name, value string) {
	b, err := hex.DecodeString(value)
	f.bytes(name, b, err)
}

func (f *facts) count(name string, n int, err error) {
	f.bytes(name, []byte(strconv.Itoa(n)), err)
}

func (f *facts) chain(links [][]byte, err error) {
	for i, link := range links {
		f.bytes("chain"+strconv.Itoa(i), link, nil)
	}
	if f.err == nil {
		f.err = err
	}
}

func (f *facts) rtmrs(rtmrs map[int]string, err error) {
	for i := range 4 {
		f.hex("rtmr"+strconv.Itoa(i), rtmrs[i])
	}
	if f.err == nil {
		f.err = err
	}
}

// call prints one line. what gathers the facts of an answer.
func call[T any](client, name string, r T, err error, what func(*facts, T)) {
	f := facts{err: err}
	if err == nil && what != nil {
		what(&f, r)
	}
	if f.err != nil {
		text := strings.Join(strings.Fields(f.err.Error()), " ")
		fmt.Printf("%s\t%s\tfail\t%s\n", client, name, text)
		return
	}
	fmt.Printf("%s\t%s\tok\t%s\n", client, name, strings.Join(f.list, " "))
}

func nothing(client, name string, err error) {
	call[any](client, name, nil, err, nil)
}

func pem(client, name, key string, chain []string) error {
	base := filepath.Join(os.Getenv("PEERS_PEM"), "go-"+client+"-"+name)
	if err := os.WriteFile(base+".key", []byte(key), 0o600); err != nil {
		return err
	}
	return os.WriteFile(base+".chain", []byte(strings.Join(chain, "\n")),
		0o600)
}

// ---- package dstack --------------------------------------------------------

func key(f *facts, r *dstack.GetKeyResponse) {
	b, err := r.DecodeKey()
	f.bytes("key", b, err)
	f.chain(r.DecodeSignatureChain())
}

func signature(f *facts, r *dstack.SignResponse) {
	f.bytes("signature", r.Signature, nil)
	f.bytes("public_key", r.PublicKey, nil)
	f.chain(r.SignatureChain, nil)
}

func tdx(sent []byte) func(*facts, *dstack.GetQuoteResponse) {
	return func(f *facts, r *dstack.GetQuoteResponse) {
		b, err := r.DecodeQuote()
		f.bytes("sent", sent, nil)
		f.bytes("quote", b, err)
		events, err := r.DecodeEventLog()
		f.count("events", len(events), err)
	}
}

func quote(sent []byte) func(*facts, *dstack.GetQuoteResponse) {
	return func(f *facts, r *dstack.GetQuoteResponse) {
		tdx(sent)(f, r)
		b, err := r.DecodeReportData()
		f.bytes("report_data", b, err)
		f.text("vm_config", r.VmConfig)
	}
}

func replayed(f *facts, r *dstack.GetQuoteResponse) {
	b, err := r.DecodeQuote()
	f.bytes("quote", b, err)
	f.rtmrs(r.ReplayRTMRs())
}

func info(f *facts, r *dstack.InfoResponse) {
	f.hex("app_id", r.AppID)
	f.hex("instance_id", r.InstanceID)
	f.hex("compose_hash", r.ComposeHash)
	f.hex("device_id", r.DeviceID)
	f.hex("mr_aggregated", r.MrAggregated)
	f.hex("os_image_hash", r.OsImageHash)
	f.text("app_name", r.AppName)
	f.text("key_provider_info", r.KeyProviderInfo)
	f.text("vm_config", r.VmConfig)
	f.text("cloud_vendor", r.CloudVendor)
	f.text("cloud_product", r.CloudProduct)
	t, err := r.DecodeTcbInfo()
	if err != nil {
		f.err = err
		return
	}
	f.hex("tcb_mrtd", t.Mrtd)
	f.hex("tcb_rtmr0", t.Rtmr0)
	f.hex("tcb_rtmr1", t.Rtmr1)
	f.hex("tcb_rtmr2", t.Rtmr2)
	f.hex("tcb_rtmr3", t.Rtmr3)
	f.text("tcb_app_compose", t.AppCompose)
	f.count("tcb_events", len(t.EventLog), nil)
}

func certificate(client, name string, r *dstack.GetTlsKeyResponse, err error) {
	call(client, name, r, err, func(f *facts, r *dstack.GetTlsKeyResponse) {
		f.err = pem(client, name, r.Key, r.CertificateChain)
		b, err := r.AsUint8Array()
		f.bytes("scalar", b, err)
	})
}

func signing(client string, c *dstack.DstackClient, alg string, data []byte) {
	r, err := c.Sign(ctx, alg, data)
	call(client, "sign."+alg, r, err, signature)
	if err != nil {
		r = &dstack.SignResponse{Signature: make([]byte, 64),
			PublicKey: make([]byte, 32)}
	}
	answer := func(f *facts, v *dstack.VerifyResponse) {
		f.text("answer", strconv.FormatBool(v.Valid))
	}
	v, err := c.Verify(ctx, alg, data, r.Signature, r.PublicKey)
	call(client, "verify."+alg, v, err, answer)
	other := slices.Clone(data)
	slices.Reverse(other)
	v, err = c.Verify(ctx, alg, other, r.Signature, r.PublicKey)
	call(client, "verify_other."+alg, v, err, answer)
}

func keys(client string, c *dstack.DstackClient) {
	for _, k := range [][4]string{
		{"get_key", "", "", ""},
		{"get_key.path", "/", "test", "secp256k1"},
		{"get_key.wallet", "wallet/ethereum", "mainnet", "secp256k1"},
		{"get_key.ed25519", "/", "test", "ed25519"},
		{"get_key.refused", "/", "test", "rsa"},
	} {
		r, err := c.GetKey(ctx, k[1], k[2], k[3])
		call(client, k[0], r, err, key)
	}
	r, err := c.GetTlsKey(ctx)
	certificate(client, "get_tls_key", r, err)
	r, err = c.GetTlsKey(ctx, dstack.WithSubject("peer.example"),
		dstack.WithAltNames(names), dstack.WithUsageServerAuth(true),
		dstack.WithUsageClientAuth(true))
	certificate(client, "get_tls_key.names", r, err)
	r, err = c.GetTlsKey(ctx, dstack.WithSubject("peer.example"),
		dstack.WithNotBefore(1700000000), dstack.WithNotAfter(2000000000),
		dstack.WithAppInfo(true), dstack.WithUsageServerAuth(true))
	certificate(client, "get_tls_key.validity", r, err)
	r, err = c.GetTlsKey(ctx, dstack.WithSubject("peer.example"),
		dstack.WithUsageRaTls(true), dstack.WithUsageServerAuth(true))
	certificate(client, "get_tls_key.ra_tls", r, err)
}

func every(client string, c *dstack.DstackClient) {
	v, err := c.GetVersion(ctx)
	call(client, "version", v, err,
		func(f *facts, r *dstack.VersionResponse) {
			f.text("version", r.Version)
			f.text("rev", r.Rev)
		})
	call(client, "is_reachable", c.IsReachable(ctx), nil,
		func(f *facts, r bool) { f.text("answer", strconv.FormatBool(r)) })
	i, err := c.Info(ctx)
	call(client, "info", i, err, info)
	keys(client, c)
	q, err := c.GetQuote(ctx, short)
	call(client, "get_quote.short", q, err, quote(short))
	q, err = c.GetQuote(ctx, full())
	call(client, "get_quote.full", q, err, quote(full()))
	q, err = c.GetQuote(ctx, short)
	call(client, "get_quote.replay", q, err, replayed)
	a, err := c.Attest(ctx, full())
	call(client, "attest", a, err, func(f *facts, r *dstack.AttestResponse) {
		f.bytes("sent", full(), nil)
		f.bytes("attestation", r.Attestation, nil)
	})
	nothing(client, "emit_event", c.EmitEvent(ctx, "peers", []byte("payload")))
	signing(client, c, "secp256k1", message)
	signing(client, c, "ed25519", message)
	digest := sha256.Sum256(message)
	signing(client, c, "secp256k1_prehashed", digest[:])
}

func legacy(client string, c *dstack.TappdClient) {
	r, err := c.DeriveKey(ctx, "/", "", nil)
	certificate(client, "derive_key", r, err)
	r, err = c.DeriveKey(ctx, "/", "peer", names)
	certificate(client, "derive_key.names", r, err)
	q, err := c.TdxQuote(ctx, content, "")
	call(client, "tdx_quote", q, err, tdx(content))
	q, err = c.TdxQuote(ctx, content, "raw")
	call(client, "tdx_quote.raw", q, err, tdx(content))
	call(client, "tdx_quote.replay", q, err, replayed)
	for _, h := range hashes {
		q, err = c.TdxQuote(ctx, content, h)
		call(client, "tdx_quote."+h, q, err, tdx(content))
	}
	every(client, c.DstackClient) // what the type embeds
}

// ---- package tappd ---------------------------------------------------------

func derived(name string, r *tappd.DeriveKeyResponse, err error) {
	call("tappd", name, r, err, func(f *facts, r *tappd.DeriveKeyResponse) {
		f.err = pem("tappd", name, r.Key, r.CertificateChain)
		b, err := r.ToBytes(-1)
		f.bytes("der", b, err)
	})
}

func quoted(name string, r *tappd.TdxQuoteResponse, err error) {
	call("tappd", name, r, err, func(f *facts, r *tappd.TdxQuoteResponse) {
		f.bytes("sent", content, nil)
		f.hex("quote", r.Quote)
	})
}

func separate(c *tappd.TappdClient) {
	r, err := c.DeriveKey(ctx, "/")
	derived("derive_key", r, err)
	r, err = c.DeriveKeyWithSubject(ctx, "/", "peer")
	derived("derive_key.subject", r, err)
	r, err = c.DeriveKeyWithSubjectAndAltNames(ctx, "/", "peer", names)
	derived("derive_key.names", r, err)
	q, err := c.TdxQuote(ctx, content)
	quoted("tdx_quote", q, err)
	q, err = c.TdxQuoteWithHashAlgorithm(ctx, content, tappd.RAW)
	quoted("tdx_quote.raw", q, err)
	call("tappd", "tdx_quote.replay", q, err,
		func(f *facts, r *tappd.TdxQuoteResponse) {
			f.hex("quote", r.Quote)
			f.rtmrs(r.ReplayRTMRs())
		})
	for _, h := range hashes {
		q, err = c.TdxQuoteWithHashAlgorithm(ctx, content,
			tappd.QuoteHashAlgorithm(h))
		quoted("tdx_quote."+h, q, err)
	}
	i, err := c.Info(ctx)
	call("tappd", "info", i, err, func(f *facts, r *tappd.TappdInfoResponse) {
		f.hex("app_id", r.AppID)
		f.hex("instance_id", r.InstanceID)
		f.text("app_name", r.AppName)
		f.hex("tcb_mrtd", r.TcbInfo.Mrtd)
		f.hex("tcb_rtmr0", r.TcbInfo.Rtmr0)
		f.hex("tcb_rtmr1", r.TcbInfo.Rtmr1)
		f.hex("tcb_rtmr2", r.TcbInfo.Rtmr2)
		f.hex("tcb_rtmr3", r.TcbInfo.Rtmr3)
		f.count("tcb_events", len(r.TcbInfo.EventLog), nil)
	})
}

func main() {
	c := dstack.NewDstackClient(dstack.WithLogger(quiet))
	every("dstack", c)
	_, err := c.DeriveKey("/", "", nil)
	nothing("dstack", "derive_key", err)
	q, err := c.TdxQuote(ctx, full(), "raw")
	call("dstack", "tdx_quote.raw", q, err, tdx(full()))
	legacy("tappd-embedded",
		dstack.NewTappdClient(dstack.WithLogger(quiet)))
	separate(tappd.NewTappdClient(tappd.WithLogger(quiet)))
}
