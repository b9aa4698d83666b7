// SPDX-License-Identifier: Apache-2.0

//! The ABI from Rust, with extern "C" alone: a quote from the agent, judged.
//!
//!     main ENDPOINT ROOT COLLATERAL TIME

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::{env, fs, ptr};

#[repr(C)]
struct Error {
    code: i32,
    stage: i32,
    reason: i32,
    origin: i32,
    detail: i64,
    message: [c_char; 232],
}

type Object = *mut c_void;

#[link(name = "dstack")]
extern "C" {
    fn dstack_client_new(ret: *mut Object, err: *mut Error) -> c_int;
    fn dstack_client_free(client: Object);
    fn dstack_client_set_endpoint(client: Object, endpoint: *const c_char, err: *mut Error) -> c_int;
    fn dstack_client_get_quote(
        client: Object,
        data: *const u8,
        len: usize,
        ret: *mut Object,
        err: *mut Error,
    ) -> c_int;
    fn dstack_quote_reply_free(reply: Object);
    fn dstack_quote_reply_evidence(reply: Object) -> Object;
    fn dstack_policy_new(ret: *mut Object, err: *mut Error) -> c_int;
    fn dstack_policy_free(policy: Object);
    fn dstack_policy_accept_any_workload(policy: Object);
    fn dstack_policy_expect_report_data(
        policy: Object,
        data: *const u8,
        len: usize,
        err: *mut Error,
    ) -> c_int;
    fn dstack_collateral_parse(
        data: *const u8,
        len: usize,
        ret: *mut Object,
        err: *mut Error,
    ) -> c_int;
    fn dstack_collateral_free(collateral: Object);
    fn dstack_verifier_new(ret: *mut Object, err: *mut Error) -> c_int;
    fn dstack_verifier_free(verifier: Object);
    fn dstack_verifier_set_root(
        verifier: Object,
        cert: *const u8,
        len: usize,
        err: *mut Error,
    ) -> c_int;
    fn dstack_verifier_verify(
        verifier: Object,
        evidence: Object,
        collateral: Object,
        policy: Object,
        now: i64,
        report: *mut Object,
        err: *mut Error,
    ) -> c_int;
    fn dstack_report_free(report: Object);
    fn dstack_report_is_accepted(report: Object) -> c_int;
    fn dstack_report_reason(report: Object) -> c_int;
    fn dstack_report_tcb_status(report: Object, whose: u32) -> u32;
    fn dstack_tcb_status_name(status: u32) -> *const c_char;
    fn dstack_reason_name(reason: c_int) -> *const c_char;
}

fn text(p: *const c_char) -> String {
    unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned()
}

/// Calls what makes an object; panics with the library's message.
fn make(f: impl FnOnce(*mut Object, *mut Error) -> c_int) -> Object {
    let mut object = ptr::null_mut();
    let mut err = unsafe { std::mem::zeroed::<Error>() };
    let rc = f(&mut object, &mut err);
    assert_eq!(rc, 0, "{}", text(err.message.as_ptr()));
    object
}

fn main() {
    let args: Vec<String> = env::args().collect();
    let endpoint = CString::new(args[1].as_str()).unwrap();
    let root = fs::read(&args[2]).unwrap();
    let bundle = fs::read(&args[3]).unwrap();
    let now: i64 = args[4].parse().unwrap();
    let mut asked = [0u8; 64];
    asked[..9].copy_from_slice(b"from rust");

    assert_eq!(std::mem::size_of::<Error>(), 256);
    unsafe {
        let client = make(|ret, err| dstack_client_new(ret, err));
        let rc = dstack_client_set_endpoint(client, endpoint.as_ptr(), ptr::null_mut());
        assert_eq!(rc, 0);
        let reply = make(|ret, err| dstack_client_get_quote(client, asked.as_ptr(), 64, ret, err));
        let evidence = dstack_quote_reply_evidence(reply);
        let collateral =
            make(|ret, err| dstack_collateral_parse(bundle.as_ptr(), bundle.len(), ret, err));
        let policy = make(|ret, err| dstack_policy_new(ret, err));
        dstack_policy_accept_any_workload(policy);
        let rc = dstack_policy_expect_report_data(policy, asked.as_ptr(), 64, ptr::null_mut());
        assert_eq!(rc, 0);

        let judge = |root: Option<&[u8]>| {
            let verifier = make(|ret, err| dstack_verifier_new(ret, err));
            if let Some(r) = root {
                let rc = dstack_verifier_set_root(verifier, r.as_ptr(), r.len(), ptr::null_mut());
                assert_eq!(rc, 0);
            }
            let mut report = ptr::null_mut();
            let rc = dstack_verifier_verify(
                verifier,
                evidence,
                collateral,
                policy,
                now,
                &mut report,
                ptr::null_mut(),
            );
            dstack_verifier_free(verifier);
            (rc, report)
        };
        let (rc, report) = judge(Some(&root));
        assert_eq!(rc, 0);
        assert_eq!(dstack_report_is_accepted(report), 1);
        let status = dstack_report_tcb_status(report, 0);
        assert_eq!(text(dstack_tcb_status_name(status)), "UpToDate");
        dstack_report_free(report);
        let (rc, report) = judge(None);
        assert_ne!(rc, 0);
        assert_eq!(text(dstack_reason_name(dstack_report_reason(report))), "root_pin");
        dstack_report_free(report);

        dstack_policy_free(policy);
        dstack_collateral_free(collateral);
        dstack_quote_reply_free(reply);
        dstack_client_free(client);
    }
    println!("rust: a quote, accepted under its root, refused under Intel's");
}
