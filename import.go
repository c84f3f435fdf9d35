package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"kith/importer"
)

const importUsage = `Sends records from files to a running Kith: what a CRM, a till or a spreadsheet knows about people.

  kith import --source crm customers.csv

FILE is CSV or NDJSON, in UTF-8, packed with gzip or not. Of CSV the columns are recognised by their names and by
their values; Kith shows what becomes of each and asks before it sends anything:

  column       becomes              for example
  Customer No  id                   10017
  First name   firstName            Ada
  E-mail       email                ada@example.org
  Zip          address.postalCode   SW1Y 4LE

To say it yourself, have the guess written to a file, edit that, and use it:

  kith import --write-mapping crm.yaml customers.csv
  kith import --source crm --mapping crm.yaml customers.csv

NDJSON has one record a line:

  {"id":"17","traits":{"firstName":"Ada","email":"ada@example.org"},"at":"2026-01-02T03:04:05Z"}
  {"id":"18","deleted":true}

A record that is sent again under its id is replaced, so importing the newest export keeps Kith up to date. An import
that was cut off goes on where it stood when the same command is given again. Rows that cannot be taken are written
to FILE.refused.ndjson with the reasons; the rest is imported, and the exit code is 1.

  --source NAME         the source the records are of
  --url URL             where Kith is (http:// and KITH_ADDR)
  --mapping FILE        what becomes of the columns: YAML or JSON
  --write-mapping FILE  write the guess there, and send nothing
  --yes                 do not ask

The write key is KITH_WRITE_KEY, else that of the source in KITH_WRITE_KEYS, else the one that Kith made under
KITH_DATA for development. More: docs/records.md
`

// importOptions is what the command line of import says.
type importOptions struct {
	source, url, mapping, write string
	yes                         bool
	files                       []string
}

// parseImport reads options before and behind the files.
func parseImport(args []string) (o importOptions, err error) {
	f := flag.NewFlagSet("import", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.source, "source", "", "")
	f.StringVar(&o.url, "url", "", "")
	f.StringVar(&o.mapping, "mapping", "", "")
	f.StringVar(&o.write, "write-mapping", "", "")
	f.BoolVar(&o.yes, "yes", false, "")
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("kith import: "+format+"; kith import --help shows how", args...)
	}
	for rest := args; len(rest) > 0; {
		if err := f.Parse(rest); err != nil {
			return o, wrong("%w", err)
		}
		if rest = f.Args(); len(rest) > 0 {
			o.files, rest = append(o.files, rest[0]), rest[1:]
		}
	}
	switch {
	case len(o.files) == 0:
		return o, wrong("name a file")
	case o.write != "" && (len(o.files) > 1 || o.mapping != ""):
		return o, wrong("--write-mapping guesses from one file")
	case o.write == "" && o.source == "":
		return o, wrong("--source says whose records these are")
	}
	return o, nil
}

func importCommand(ctx context.Context, cfg Config, args []string, in *os.File, out, errs io.Writer) error {
	o, err := parseImport(args)
	if err != nil {
		return err
	}
	if o.write != "" {
		return writeMapping(o, out)
	}
	send := importer.Config{Source: o.source, Dir: filepath.Join(cfg.Data, "imports"), Out: out, Progress: errs, Terminal: isTerminal(errs)}
	if send.URL, err = importURL(cfg, o.url); err != nil {
		return err
	}
	if send.Key, err = importKey(cfg, o.source); err != nil {
		return err
	}
	if o.mapping != "" {
		if send.Mapping, err = importer.ReadMapping(o.mapping); err != nil {
			return err
		}
	}
	if !o.yes {
		send.Confirm = func(question string) (bool, error) { return ask(ctx, in, out, question) }
	}
	report, err := importer.Import(ctx, send, o.files)
	if report.Position != "" {
		fmt.Fprintf(out, "A query with the header Kith-After: %s sees all of it.\n", report.Position)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("stopped; the same command goes on from there")
	case err == nil && report.Refused > 0:
		return fmt.Errorf("%d of %d rows were refused", report.Refused, report.Accepted+report.Refused)
	}
	return err
}

func writeMapping(o importOptions, out io.Writer) error {
	text, err := importer.Guess(o.files[0])
	if err != nil {
		return err
	}
	f, err := os.OpenFile(o.write, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err // also where there is a file: somebody may have edited it
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Close())
	}
	fmt.Fprintf(out, "%s says what would become of the columns. Edit it, then: kith import --source NAME --mapping %s %s\n", o.write, o.write, o.files[0])
	return f.Close()
}

// importURL is where to send: what was said, else where a Kith with these settings listens.
func importURL(cfg Config, given string) (string, error) {
	if given == "" {
		host, port, err := net.SplitHostPort(cfg.Addr)
		if err != nil {
			return "", err
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		return "http://" + net.JoinHostPort(host, port), nil
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("--url: %q is not where a Kith is; write it like https://kith.example.com", given)
	}
	return strings.TrimSuffix(strings.TrimRight(given, "/"), "/v1"), nil
}

// importKey is the write key to send with.
func importKey(cfg Config, source string) (string, error) {
	if cfg.WriteKey != "" {
		return cfg.WriteKey, nil
	}
	list, from := cfg.WriteKeys, "KITH_WRITE_KEYS"
	if list == "" {
		from = filepath.Join(cfg.Data, "write-keys")
		b, err := os.ReadFile(from)
		if err != nil {
			return "", fmt.Errorf("there is no write key for %q: set KITH_WRITE_KEY, or start Kith once so that it makes development keys under %s", source, cfg.Data)
		}
		list = string(b)
	}
	var names []string
	for entry := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		name, key, _ := strings.Cut(strings.TrimSpace(entry), ":")
		if name == source {
			return key, nil
		}
		names = append(names, name)
	}
	return "", fmt.Errorf("%s has no key for %q, only for %s; set KITH_WRITE_KEY to the key of the source", from, source, strings.Join(names, ", "))
}

// ask wants a yes from a person.
func ask(ctx context.Context, in *os.File, out io.Writer, question string) (bool, error) {
	if !isTerminal(in) {
		return false, errors.New("nobody is there to confirm the guess: say --yes, or --mapping with a file that --write-mapping has made")
	}
	fmt.Fprintf(out, "%s [y/N] ", question)
	typed := make(chan string, 1)
	go func() { // ends with the line, or the process
		line, _ := bufio.NewReader(in).ReadString('\n')
		typed <- line
	}()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case line := <-typed:
		answer := strings.ToLower(strings.TrimSpace(line))
		return answer == "y" || answer == "yes", nil
	}
}

func isTerminal(v any) bool {
	f, isFile := v.(*os.File)
	if !isFile {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
