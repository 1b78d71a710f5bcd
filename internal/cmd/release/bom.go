package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The parts of a CycloneDX 1.6 document that this writes.
type (
	bomDocument struct {
		Schema       string         `json:"$schema"`
		Format       string         `json:"bomFormat"`
		SpecVersion  string         `json:"specVersion"`
		Version      int            `json:"version"`
		Metadata     bomMetadata    `json:"metadata"`
		Components   []bomComponent `json:"components"`
		Dependencies []bomDepends   `json:"dependencies"`
	}
	bomMetadata struct {
		Timestamp string       `json:"timestamp"`
		Component bomComponent `json:"component"`
	}
	bomComponent struct {
		Type       string        `json:"type"`
		Ref        string        `json:"bom-ref"`
		Name       string        `json:"name"`
		Version    string        `json:"version"`
		Hashes     []bomHash     `json:"hashes,omitempty"`
		Licenses   []bomLicense  `json:"licenses,omitempty"`
		PURL       string        `json:"purl"`
		Properties []bomProperty `json:"properties,omitempty"`
	}
	bomHash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	bomLicense struct {
		License struct {
			ID string `json:"id"`
		} `json:"license"`
	}
	bomProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	bomDepends struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn,omitempty"`
	}
)

// bom returns the bill of materials of a binary: what the Go linker wrote into it. Which
// module requires which is not in there, so that the binary depends on all.
func bom(c *commit, bin *binary) ([]byte, error) {
	main := bin.info.Main
	subject := bomModule("application", main.Path, main.Version, main.Sum)
	subject.Hashes = []bomHash{{"SHA-256", fmt.Sprintf("%x", sha256.Sum256(bin.data))}}
	subject.Licenses = make([]bomLicense, 1)
	subject.Licenses[0].License.ID = "Apache-2.0"
	for _, s := range bin.info.Settings {
		subject.Properties = append(subject.Properties, bomProperty{"go:build:" + s.Key, s.Value})
	}
	d := bomDocument{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata: bomMetadata{c.time.Format(time.RFC3339), subject},
	}
	d.Components = []bomComponent{bomModule("library", "std", strings.TrimPrefix(bin.info.GoVersion, "go"), "")}
	for _, m := range bin.info.Deps {
		d.Components = append(d.Components, bomModule("library", m.Path, m.Version, m.Sum))
	}
	all := bomDepends{Ref: subject.Ref}
	for _, part := range d.Components {
		all.On = append(all.On, part.Ref)
	}
	d.Dependencies = []bomDepends{all}
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}

// bomModule returns a module. Its sum is that of go.sum.
func bomModule(kind, path, version, sum string) bomComponent {
	purl := "pkg:golang/" + path + "@" + version
	c := bomComponent{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
	if sum != "" {
		c.Properties = []bomProperty{{"go:sum", sum}}
	}
	return c
}
