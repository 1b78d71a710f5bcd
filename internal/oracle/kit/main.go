package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	ifGuarded()
	a, err := newArtifact("../../..")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	dir, _ := os.MkdirTemp("", "kit")
	defer os.RemoveAll(dir)
	p, err := buildProbe(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	k, err := newAsker(p, dir, os.Args[1])
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Now()
	r, err := k.run(a.Groups)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Runtime, r.Containers, r.Unknown, r.NotAsked, time.Since(start))
	n := map[verdict]int{}
	for _, v := range r.Results {
		n[v.Verdict]++
		if v.Verdict == asKnown || v.Verdict == unknown || v.Verdict == asKernel {
			fmt.Printf("%+v\n", v)
		}
	}
	fmt.Println(n)
}
