// SPDX-License-Identifier: Apache-2.0

// The ABI from Go, with cgo alone: a quote from the agent, judged.
//
//	bindings ENDPOINT ROOT COLLATERAL TIME
package main

/*
#include <stdlib.h>
#include <dstack/dstack.h>
*/
import "C"

import (
	"fmt"
	"os"
	"strconv"
	"unsafe"
)

func must(rc C.int, err *C.dstack_error) {
	if rc != C.DSTACK_OK {
		fmt.Fprintln(os.Stderr, C.GoString(&err.message[0]))
		os.Exit(1)
	}
}

func check(good bool, what string) {
	if !good {
		fmt.Fprintln(os.Stderr, "not so:", what)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err == nil, path)
	return data
}

func bytes(b []byte) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(&b[0])), C.size_t(len(b))
}

type judge struct {
	evidence   *C.dstack_evidence
	collateral *C.dstack_collateral
	policy     *C.dstack_policy
	now        C.int64_t
}

func (j judge) under(root []byte) (C.int, *C.dstack_report) {
	var err C.dstack_error
	var verifier *C.dstack_verifier
	var report *C.dstack_report

	must(C.dstack_verifier_new(&verifier, &err), &err)
	defer C.dstack_verifier_free(verifier)
	if root != nil {
		p, n := bytes(root)
		must(C.dstack_verifier_set_root(verifier, p, n, &err), &err)
	}
	rc := C.dstack_verifier_verify(verifier, j.evidence, j.collateral,
		j.policy, j.now, &report, &err)
	return rc, report
}

func main() {
	var err C.dstack_error
	var client *C.dstack_client
	var reply *C.dstack_quote_reply
	j := judge{}

	endpoint := C.CString(os.Args[1])
	defer C.free(unsafe.Pointer(endpoint))
	must(C.dstack_client_new(&client, &err), &err)
	defer C.dstack_client_free(client)
	must(C.dstack_client_set_endpoint(client, endpoint, &err), &err)
	asked := make([]byte, 64)
	copy(asked, "from go")
	p, n := bytes(asked)
	must(C.dstack_client_get_quote(client, p, n, &reply, &err), &err)
	defer C.dstack_quote_reply_free(reply)
	j.evidence = C.dstack_quote_reply_evidence(reply)

	must(C.dstack_policy_new(&j.policy, &err), &err)
	defer C.dstack_policy_free(j.policy)
	C.dstack_policy_accept_any_workload(j.policy)
	must(C.dstack_policy_expect_report_data(j.policy, p, n, &err), &err)
	p, n = bytes(read(os.Args[3]))
	must(C.dstack_collateral_parse(p, n, &j.collateral, &err), &err)
	defer C.dstack_collateral_free(j.collateral)
	now, e := strconv.ParseInt(os.Args[4], 10, 64)
	check(e == nil, "a time")
	j.now = C.int64_t(now)

	rc, report := j.under(read(os.Args[2]))
	check(rc == C.DSTACK_OK, C.GoString(C.dstack_report_message(report)))
	check(C.dstack_report_tcb_status(report, C.DSTACK_OF_ALL) ==
		C.DSTACK_TCB_UP_TO_DATE, "UpToDate")
	C.dstack_report_free(report)
	rc, report = j.under(nil)
	check(rc != C.DSTACK_OK && C.dstack_report_is_accepted(report) == 0,
		"refused under Intel's root")
	check(C.dstack_report_reason(report) == C.DSTACK_REASON_ROOT_PIN,
		"root_pin")
	C.dstack_report_free(report)
	fmt.Println("go: a quote, accepted under its root, refused under Intel's")
}
