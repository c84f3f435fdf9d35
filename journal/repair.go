package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
)

// JetStream keeps the messages of a stream in block files, one record after the other. When it reads a block at
// start and meets a record whose hash is wrong, it cuts the block off there and loses every message behind it.
// So repair reads the blocks first and takes out the damaged records alone.
//
// A record, little-endian (nats-server/server/filestore.go): length of all of it, 4 bytes, the top bit set when
// there are headers; sequence, 8, the top bits marking erased messages and tombstones; time, 8; length of the
// subject, 2; subject; with headers their length, 4; headers and data; hash of sequence to data, 8. The hash is
// keyed with the stream's name and the number of the block. Blocks are neither compressed nor encrypted here.
const (
	recordHead   = 22
	recordHash   = 8
	recordMax    = 32 * mib
	headersBit   = 1 << 31
	seqMask      = 1<<62 - 1
	blockSuffix  = ".blk"
	blockState   = "index.db" // JetStream's summary of all blocks; without it they are read again
	damagedStore = "damaged"
)

// damage is what was wrong with one block.
type damage struct {
	stream string
	block  string
	after  uint64 // sequence of the last intact record before the first damage; 0 when there is none
	bytes  int    // taken out
	kept   int    // intact records behind the first damage, which would have been lost
	copied string // where the block is as it was
}

// repair looks through the blocks of a stream that hold messages after the sequence given, 0 for all. It returns what it
// found and put right.
func repair(dir, stream, subject string, after uint64) ([]damage, error) {
	msgs := filepath.Join(storeDir(dir, stream), "msgs")
	blocks, err := listBlocks(msgs)
	if err != nil {
		return nil, err
	}
	var found []damage
	for i, b := range blocks {
		if after > 0 && i+1 < len(blocks) && blocks[i+1].first != 0 && blocks[i+1].first <= after+1 {
			continue
		}
		d, err := repairBlock(dir, msgs, stream, subject, b, i == len(blocks)-1)
		if err != nil {
			return found, fmt.Errorf("block %d of %s: %w", b.index, stream, err)
		}
		if d != nil {
			found = append(found, *d)
		}
	}
	return found, nil
}

// block is one file; first is the sequence of its first record, 0 when that cannot be told.
type block struct {
	index int
	first uint64
}

func listBlocks(msgs string) ([]block, error) {
	entries, err := os.ReadDir(msgs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var blocks []block
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), blockSuffix)
		index, err := strconv.Atoi(name)
		if !ok || err != nil {
			continue
		}
		first, err := firstSeq(filepath.Join(msgs, e.Name()))
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, block{index: index, first: first})
	}
	slices.SortFunc(blocks, func(a, b block) int { return a.index - b.index })
	return blocks, nil
}

func firstSeq(path string) (uint64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var head [recordHead]byte
	if _, err := io.ReadFull(file, head[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(head[4:]) & seqMask, nil
}

// repairBlock rewrites one block without its damaged records, after putting the original aside. What follows
// the last intact record of a stream's last block is left alone: it is what a power cut leaves of a message
// whose append was never answered.
func repairBlock(dir, msgs, stream, subject string, b block, last bool) (*damage, error) {
	path := filepath.Join(msgs, strconv.Itoa(b.index)+blockSuffix)
	buf, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	scan, err := newScanner(stream, subject, b.index)
	if err != nil {
		return nil, err
	}
	var intact []byte // what is kept, once something is not
	d := damage{stream: stream, block: filepath.Base(path)}
	for at := 0; at < len(buf); {
		if n := scan.record(buf[at:]); n > 0 {
			if d.bytes > 0 {
				d.kept++
				intact = append(intact, buf[at:at+n]...)
			} else {
				d.after = binary.LittleEndian.Uint64(buf[at+4:]) & seqMask
			}
			at += n
			continue
		}
		skip := scan.next(buf[at+1:]) + 1
		if last && at+skip >= len(buf) {
			if d.bytes > 0 {
				intact = append(intact, buf[at:]...)
			}
			break
		}
		if d.bytes == 0 {
			intact = append(intact, buf[:at]...)
		}
		d.bytes += skip
		at += skip
	}
	if d.bytes == 0 {
		return nil, nil
	}
	aside := filepath.Join(dir, damagedStore)
	if err := os.MkdirAll(aside, 0o700); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(buf)
	d.copied = filepath.Join(aside, fmt.Sprintf("%s-%d-%x%s", stream, b.index, sum[:4], blockSuffix))
	if err := replaceFile(d.copied, buf); err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(msgs, blockState)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return &d, replaceFile(path, intact)
}

// scanner knows the records of one block.
type scanner struct {
	hash    *highwayhash.Digest64
	subject []byte // all subjects of the stream begin with it
}

func newScanner(stream, subject string, index int) (*scanner, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, index))
	hash, err := highwayhash.NewDigest64(key[:])
	if err != nil {
		return nil, err
	}
	return &scanner{hash: hash, subject: []byte(subject + ".")}, nil
}

// record is the length of the intact record that buf begins with, 0 when it begins with none.
func (s *scanner) record(buf []byte) int {
	if len(buf) < recordHead+recordHash {
		return 0
	}
	length, subject := binary.LittleEndian.Uint32(buf), int(binary.LittleEndian.Uint16(buf[20:]))
	headers := length&headersBit != 0
	n := int(length &^ headersBit)
	body := recordHead + subject
	if headers {
		body += 4
	}
	if n > recordMax || n > len(buf) || body > n-recordHash {
		return 0
	}
	if subject > 0 && !bytes.HasPrefix(buf[recordHead:recordHead+subject], s.subject) {
		return 0
	}
	s.hash.Reset()
	_, _ = s.hash.Write(buf[4:20]) // a hash never fails to take bytes
	_, _ = s.hash.Write(buf[recordHead : recordHead+subject])
	_, _ = s.hash.Write(buf[body : n-recordHash])
	if !bytes.Equal(s.hash.Sum(nil), buf[n-recordHash:n]) {
		return 0
	}
	return n
}

// next is the offset of the first intact message in buf, or all of its length. It goes by the subject, which
// stands at a fixed place of a record.
func (s *scanner) next(buf []byte) int {
	for from := 0; ; {
		i := bytes.Index(buf[from:], s.subject)
		if i < 0 {
			return len(buf)
		}
		if at := from + i - recordHead; at >= 0 && s.record(buf[at:]) > 0 {
			return at
		}
		from += i + 1
	}
}
