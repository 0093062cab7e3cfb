// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Artifact opens a file that a run left and its request asked for, by the name the result has for it.
func (c *Client) Artifact(ctx context.Context, id, name string) (io.ReadCloser, error) {
	steps := strings.Split(name, "/")
	for i, step := range steps {
		steps[i] = url.PathEscape(step)
	}
	answer, err := c.do(ctx, &call{
		method: http.MethodGet, path: runPath(id) + "/artifacts/" + strings.Join(steps, "/"),
	})
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// SaveArtifacts writes all files of a result below a directory, which it makes. Nothing is written outside of it,
// and nothing over what is there. Size and SHA-256 are compared with the result's; what differs is not kept.
func (c *Client) SaveArtifacts(ctx context.Context, result *Result, directory string) error {
	for _, artifact := range result.Artifacts {
		if err := c.saveArtifact(ctx, result.ID, artifact, directory); err != nil {
			return fmt.Errorf("gobox: the artifact %q: %w", artifact.Name, err)
		}
	}
	return nil
}

// stays says whether a name of the server's stays below the directory it is joined to. On systems where something
// else than "/" parts names, such names do not.
func stays(name string) bool {
	if name == "" || name == "." || path.Clean(name) != name || path.IsAbs(name) {
		return false
	}
	if name == ".." || strings.HasPrefix(name, "../") {
		return false
	}
	return filepath.Separator == '/' || !strings.ContainsAny(name, `\:`)
}

func (c *Client) saveArtifact(ctx context.Context, id string, artifact Artifact, directory string) (err error) {
	if !stays(artifact.Name) {
		return fmt.Errorf("its name leaves the directory")
	}
	body, err := c.Artifact(ctx, id, artifact.Name)
	if err != nil {
		return err
	}
	defer body.Close()
	target := filepath.Join(directory, filepath.FromSlash(artifact.Name))
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return err
	}
	file, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if closing := file.Close(); err == nil {
			err = closing
		}
		if err != nil {
			os.Remove(target)
		}
	}()
	return copyChecked(file, body, artifact)
}

func copyChecked(to io.Writer, from io.Reader, artifact Artifact) error {
	hash := sha256.New()
	written, err := io.Copy(io.MultiWriter(to, hash), io.LimitReader(from, artifact.Bytes+1))
	if err != nil {
		return err
	}
	if written != artifact.Bytes {
		return fmt.Errorf("has another size than the %d bytes the result says", artifact.Bytes)
	}
	if is := hex.EncodeToString(hash.Sum(nil)); artifact.SHA256 != "" && is != artifact.SHA256 {
		return fmt.Errorf("has the SHA-256 %s, and the result says %s", is, artifact.SHA256)
	}
	return nil
}
