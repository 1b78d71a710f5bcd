package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// The parts of the OCI image format that this writes.
type (
	imageDescriptor struct {
		MediaType   string            `json:"mediaType"`
		Digest      string            `json:"digest"`
		Size        int               `json:"size"`
		Platform    *imagePlatform    `json:"platform,omitempty"`
		Annotations map[string]string `json:"annotations,omitempty"`
	}
	imagePlatform struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
		Variant      string `json:"variant,omitempty"`
	}
	imageIndex struct {
		SchemaVersion int               `json:"schemaVersion"`
		MediaType     string            `json:"mediaType"`
		Manifests     []imageDescriptor `json:"manifests"`
	}
	imageManifest struct {
		SchemaVersion int               `json:"schemaVersion"`
		MediaType     string            `json:"mediaType"`
		Config        imageDescriptor   `json:"config"`
		Layers        []imageDescriptor `json:"layers"`
		Annotations   map[string]string `json:"annotations"`
	}
	imageConfig struct {
		imagePlatform
		Created string `json:"created"`
		Config  struct {
			Entrypoint []string
			Labels     map[string]string
		} `json:"config"`
		RootFS struct {
			Type    string   `json:"type"`
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
)

const (
	indexType    = "application/vnd.oci.image.index.v1+json"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// blobs are the contents of an image, by digest.
type blobs struct{ files []file }

// add adds a blob and returns what refers to it.
func (l *blobs) add(mediaType string, data []byte) imageDescriptor {
	sum := fmt.Sprintf("%x", sha256.Sum256(data))
	name := "blobs/sha256/" + sum
	for _, f := range l.files {
		if f.name == name {
			return imageDescriptor{MediaType: mediaType, Digest: "sha256:" + sum, Size: len(data)}
		}
	}
	l.files = append(l.files, file{name, 0o644, data})
	return imageDescriptor{MediaType: mediaType, Digest: "sha256:" + sum, Size: len(data)}
}

// addJSON adds a value as a blob.
func (l *blobs) addJSON(mediaType string, value any) (imageDescriptor, error) {
	text, err := json.Marshal(value)
	return l.add(mediaType, text), err
}

// ociImage returns an OCI image layout as an archive, with an image for each target of
// Linux. Each has the files that the Dockerfile copies.
func ociImage(c *commit, license file, binaries []*binary) ([]byte, error) {
	labels := map[string]string{
		"org.opencontainers.image.title":    "seccompile",
		"org.opencontainers.image.version":  c.version,
		"org.opencontainers.image.revision": c.hash,
		"org.opencontainers.image.source":   "https://" + library,
		"org.opencontainers.image.licenses": "Apache-2.0",
	}
	var all blobs
	index := imageIndex{SchemaVersion: 2, MediaType: indexType}
	for _, bin := range binaries {
		if bin.os != "linux" {
			continue
		}
		layer, err := tarFile([]file{license, bin.licenses, {"seccompile", 0o755, bin.data}}, c.time)
		if err != nil {
			return nil, err
		}
		zipped, err := compress(layer)
		if err != nil {
			return nil, err
		}
		conf := imageConfig{imagePlatform: platform(bin.target), Created: c.time.Format(time.RFC3339)}
		conf.Config.Entrypoint, conf.Config.Labels = []string{"/seccompile"}, labels
		conf.RootFS.Type, conf.RootFS.DiffIDs = "layers", []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}
		m := imageManifest{SchemaVersion: 2, MediaType: manifestType, Layers: []imageDescriptor{all.add(layerType, zipped)}, Annotations: labels}
		if m.Config, err = all.addJSON(configType, conf); err != nil {
			return nil, err
		}
		d, err := all.addJSON(manifestType, m)
		if err != nil {
			return nil, err
		}
		d.Platform = &conf.imagePlatform
		index.Manifests = append(index.Manifests, d)
	}
	d, err := all.addJSON(indexType, index)
	if err != nil {
		return nil, err
	}
	d.Annotations = map[string]string{"org.opencontainers.image.ref.name": c.version}
	top, err := json.Marshal(imageIndex{2, indexType, []imageDescriptor{d}})
	if err != nil {
		return nil, err
	}
	return tarFile(append([]file{
		{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)},
		{"index.json", 0o644, top},
	}, all.files...), c.time)
}

// platform returns a target as images name it.
func platform(t target) imagePlatform {
	p := imagePlatform{Architecture: t.arch, OS: t.os}
	switch t.arch {
	case "arm":
		p.Variant = "v6"
	case "arm64":
		p.Variant = "v8"
	}
	return p
}
