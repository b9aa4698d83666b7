#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mandoc's own opinion on each page, and that each has a date and a section.
failed=0
for page in docs/man/*.[0-9]; do
    [ -f "$page" ] || continue
    # References to pages that are not installed here are not errors.
    mandoc -T lint -W warning "$page" | grep -v 'referenced manual not found' &&
        failed=1
done
exit $failed
