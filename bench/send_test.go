package main

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestSteadyKeepsThePaceWhenAnswersAreSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var late atomic.Int64
		n, err := steady(t.Context(), 100, 2*time.Second, 64, func(i int) error {
			if time.Since(began)-time.Duration(i)*10*time.Millisecond > 10*time.Millisecond {
				late.Add(1)
			}
			time.Sleep(300 * time.Millisecond) // the clock of the bubble, not of the wall
			return nil
		})
		if err != nil || n != 200 || late.Load() != 0 {
			t.Errorf("%d calls, %d of them late, error %v; want 200, none late", n, late.Load(), err)
		}
	})
}

func TestTheFirstErrorEndsTheLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := errors.New("refused")
		if _, err := steady(t.Context(), 10, time.Hour, 2, func(i int) error {
			if i == 5 {
				return failed
			}
			return nil
		}); !errors.Is(err, failed) {
			t.Errorf("steady returns %v", err)
		}
	})
	failed := errors.New("refused")
	var calls atomic.Int64
	err := all(t.Context(), 4, 1000, func(i int) error {
		calls.Add(1)
		if i == 10 {
			return failed
		}
		return nil
	})
	if !errors.Is(err, failed) || calls.Load() == 1000 {
		t.Errorf("all returns %v after %d calls", err, calls.Load())
	}
}

func TestProxyCutsAndComesBack(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() { // ends with the listener
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() { // ends with its connection
				_, _ = io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	p, err := newProxy(echo.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	say := func(c net.Conn) error {
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
		_, err := io.ReadFull(c, make([]byte, 1))
		return err
	}
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.addr())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := dial()
	defer first.Close()
	if err := say(first); err != nil {
		t.Fatalf("nothing comes through: %v", err)
	}
	p.point("")
	if err := say(first); err == nil {
		t.Error("a connection survived")
	}
	second := dial()
	defer second.Close()
	if err := say(second); err == nil {
		t.Error("somebody got through while the server was away")
	}
	p.point(echo.Addr().String())
	third := dial()
	defer third.Close()
	if err := say(third); err != nil {
		t.Errorf("nothing comes through again: %v", err)
	}
}
