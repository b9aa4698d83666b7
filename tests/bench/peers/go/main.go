// SPDX-License-Identifier: Apache-2.0

// Drives github.com/google/go-tdx-guest; modes as in loop.cjs. It fetches
// collateral through a getter that its caller gives: here from the bundle.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-tdx-guest/verify"
)

type bundle map[string]string

// Get answers as Intel's service does (PCS API, version 4): the signed object
// and its signature in the body, the issuer chain in a header.
func (b bundle) Get(address string) (map[string][]string, []byte, error) {
	chain := func(header, member string) map[string][]string {
		return map[string][]string{header: {url.QueryEscape(b[member])}}
	}
	signed := func(name, member string) []byte {
		return []byte(fmt.Sprintf(`{"%s":%s,"signature":"%s"}`, name,
			b[member], b[member+"_signature"]))
	}
	switch {
	case strings.Contains(address, "/tcb?"):
		return chain("Tcb-Info-Issuer-Chain", "tcb_info_issuer_chain"),
			signed("tcbInfo", "tcb_info"), nil
	case strings.Contains(address, "/qe/identity"):
		return chain("Sgx-Enclave-Identity-Issuer-Chain",
				"qe_identity_issuer_chain"),
			signed("enclaveIdentity", "qe_identity"), nil
	case strings.Contains(address, "/pckcrl"):
		der, err := hex.DecodeString(b["pck_crl"])
		return chain("Sgx-Pck-Crl-Issuer-Chain", "pck_crl_issuer_chain"),
			der, err
	case strings.Contains(address, "RootCA"):
		der, err := hex.DecodeString(b["root_ca_crl"])
		return nil, der, err
	}
	return nil, nil, fmt.Errorf("nothing at %s", address)
}

// whole: with collateral; else the quote and its certificates alone.
var whole = true

func judge(quote, text []byte, now int64) error {
	var b bundle
	if whole {
		if err := json.Unmarshal(text, &b); err != nil {
			return err
		}
	}
	options := verify.DefaultOptions()
	options.GetCollateral = whole
	options.CheckRevocations = whole
	options.Getter = b
	options.Now = time.Unix(now, 0)
	return verify.RawTdxQuote(quote, options)
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

func verdict(line string) {
	f := strings.Split(line, "\t")
	now, _ := strconv.ParseInt(f[3], 10, 64)
	quote := must(os.ReadFile(f[1]))
	if quote[4] == 0 { // tee_type of a TDX quote is 0x81
		fmt.Printf("%s\tunsupported\n", f[0])
		return
	}
	if err := judge(quote, must(os.ReadFile(f[2])), now); err != nil {
		text := strings.Join(strings.Fields(err.Error()), " ")
		fmt.Printf("%s\tno\t\t\t%s\n", f[0], text)
		return
	}
	fmt.Printf("%s\tyes\t\t\t\n", f[0])
}

func cpu() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}

func run(n int, quote, text []byte, now int64) float64 {
	start := cpu()
	for i := 0; i < n; i++ {
		if err := judge(quote, text, now); err != nil {
			panic(err)
		}
	}
	return (cpu() - start) / float64(n)
}

func main() {
	switch os.Args[1] {
	case "verdicts":
		text := string(must(os.ReadFile(os.Args[2])))
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			verdict(line)
		}
	default:
		whole = os.Args[1] != "bench-quote"
		quote, text := must(os.ReadFile(os.Args[2])), must(os.ReadFile(os.Args[3]))
		now, _ := strconv.ParseInt(os.Args[4], 10, 64)
		n := int(300000/run(10, quote, text, now)) + 1
		us := make([]float64, 7)
		for i := range us {
			us[i] = run(n, quote, text, now)
		}
		sort.Float64s(us)
		fmt.Printf("%.1f\n", us[3])
	}
}
