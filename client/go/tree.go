// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// DefaultTreeBytes bounds the files of a tree where it says nothing itself.
const DefaultTreeBytes = 1 << 30

// Tree is a directory that is sent whole, in place of a request's Source, Files or Txtar. Executable bits, empty
// directories and links within the tree are kept. Devices, sockets, links that leave the tree, and .git are left out.
type Tree struct {
	Dir string
	// Exclude are patterns of path.Match; one without a slash is for the last element of every path.
	Exclude []string
	// MaxBytes bounds the sum of all files; 0: DefaultTreeBytes.
	MaxBytes int64
	// LeftOut, where it is set, is called for what is not sent, with the reason.
	LeftOut func(path, why string)
}

// RunTree is Run with a tree.
func (c *Client) RunTree(ctx context.Context, request RunRequest, tree Tree) (*Result, error) {
	to, remove, err := treeSubmission(request, tree, true)
	if err != nil {
		return nil, err
	}
	defer remove()
	return c.result(ctx, to)
}

// StartTree is Start with a tree.
func (c *Client) StartTree(ctx context.Context, request RunRequest, tree Tree) (*RunState, error) {
	to, remove, err := treeSubmission(request, tree, false)
	if err != nil {
		return nil, err
	}
	defer remove()
	return c.accepted(ctx, to)
}

// treeSubmission writes the body into a file: it is sent again after a refusal, and its length is said before it.
func treeSubmission(request RunRequest, tree Tree, wait bool) (*call, func(), error) {
	if request.Source != "" || request.Files != nil || request.Txtar != "" {
		return nil, nil, errors.New("gobox: a request with a tree has neither source, files nor txtar")
	}
	body, err := os.CreateTemp("", "gobox-tree-*")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { os.Remove(body.Name()) }
	kind, err := writeForm(body, request, tree)
	if closing := body.Close(); err == nil {
		err = closing
	}
	information, statErr := os.Stat(body.Name())
	if err == nil {
		err = statErr
	}
	if err != nil {
		remove()
		return nil, nil, fmt.Errorf("gobox: the tree %s: %w", tree.Dir, err)
	}
	to := &call{method: http.MethodPost, path: "/v1/runs", kind: kind, size: information.Size()}
	to.body = func() (io.ReadCloser, error) { return os.Open(body.Name()) }
	if !wait {
		to.query = url.Values{"wait": {"false"}}
	}
	return to, remove, nil
}

// writeForm writes multipart/form-data: the part "request", JSON, and the part "tree", a tar of gzip.
func writeForm(to io.Writer, request RunRequest, tree Tree) (string, error) {
	form := multipart.NewWriter(to)
	text, err := json.Marshal(request)
	if err != nil {
		return "", err
	}
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="request"`}, "Content-Type": {jsonType}})
	if err == nil {
		_, err = part.Write(text)
	}
	if err != nil {
		return "", err
	}
	part, err = form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="tree"; filename="tree.tar.gz"`}, "Content-Type": {"application/gzip"}})
	if err != nil {
		return "", err
	}
	if err := writeTree(part, tree); err != nil {
		return "", err
	}
	return form.FormDataContentType(), form.Close()
}

func writeTree(to io.Writer, tree Tree) error {
	pressed := gzip.NewWriter(to)
	packer := &packer{tree: tree, tar: tar.NewWriter(pressed), left: tree.MaxBytes}
	if packer.left == 0 {
		packer.left = DefaultTreeBytes
	}
	if err := filepath.WalkDir(tree.Dir, packer.visit); err != nil {
		return err
	}
	if err := packer.tar.Close(); err != nil {
		return err
	}
	return pressed.Close()
}

// packer writes what a walk meets, in the order of names and without times: the same tree is the same archive.
type packer struct {
	tree Tree
	tar  *tar.Writer
	left int64 // bytes that files may still have
}

func (p *packer) leaveOut(name, why string) {
	if p.tree.LeftOut != nil {
		p.tree.LeftOut(name, why)
	}
}

func (p *packer) visit(file string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(p.tree.Dir, file)
	if err != nil {
		return err
	}
	name := filepath.ToSlash(relative)
	if name == "." {
		if !entry.IsDir() {
			return errors.New("is not a directory")
		}
		return nil
	}
	why, err := p.excluded(name)
	if err != nil {
		return err
	}
	if why != "" {
		p.leaveOut(name, why)
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	return p.add(file, name, entry)
}

func (p *packer) excluded(name string) (string, error) {
	if path.Base(name) == ".git" {
		return "is git's", nil
	}
	for _, pattern := range p.tree.Exclude {
		subject := name
		if !strings.Contains(pattern, "/") {
			subject = path.Base(name)
		}
		if match, err := path.Match(pattern, subject); err != nil || match {
			return "is excluded by " + pattern, err
		}
	}
	return "", nil
}

func (p *packer) add(file, name string, entry fs.DirEntry) error {
	switch entry.Type() {
	case fs.ModeDir:
		return p.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
	case fs.ModeSymlink:
		return p.addLink(file, name)
	case 0:
		return p.addFile(file, name)
	}
	p.leaveOut(name, "is neither file, directory nor link")
	return nil
}

func (p *packer) addLink(file, name string) error {
	target, err := os.Readlink(file)
	if err != nil {
		return err
	}
	target = filepath.ToSlash(target)
	if inside := path.Join(path.Dir(name), target); path.IsAbs(target) || inside == ".." || strings.HasPrefix(inside, "../") {
		p.leaveOut(name, "is a link that leaves the tree")
		return nil
	}
	return p.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777})
}

// addFile looks at the file it has opened, so that one that was exchanged meanwhile is not taken for another.
func (p *packer) addFile(file, name string) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer opened.Close()
	information, err := opened.Stat()
	if err != nil {
		return err
	}
	if !information.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file any more", name)
	}
	if p.left -= information.Size(); p.left < 0 {
		return fmt.Errorf("has more bytes than MaxBytes allows; %s is the first file that does not fit", name)
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: information.Size(), Mode: 0o644}
	if information.Mode()&0o111 != 0 {
		header.Mode = 0o755
	}
	if err := p.tar.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.CopyN(p.tar, opened, information.Size())
	if err == io.EOF {
		err = fmt.Errorf("%s became shorter while it was read", name)
	}
	return err
}
