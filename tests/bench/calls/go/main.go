// SPDX-License-Identifier: Apache-2.0

// The median of GetKey calls of the Go SDK, in microseconds: call SOCKET CALLS.
// Its go.mod is that of tests/peers/go.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/Dstack-TEE/dstack/sdk/go/dstack"
)

func main() {
	client := dstack.NewDstackClient(dstack.WithEndpoint(os.Args[1]),
		dstack.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	n, _ := strconv.Atoi(os.Args[2])
	times := make([]float64, 0, n)
	for i := 0; i < n; i++ {
		start := time.Now()
		if _, err := client.GetKey(context.Background(), "bench", "p",
			"secp256k1"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		times = append(times, float64(time.Since(start).Nanoseconds())/1000)
	}
	sort.Float64s(times)
	fmt.Printf("%.1f\n", times[n/2])
}
