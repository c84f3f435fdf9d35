package localneo4j

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// configure writes neo4j.conf and the two log configurations.
func (h *home) configure(cfg Config, cmd command, port int) error {
	files := map[string]string{
		"neo4j.conf":      settings(cfg, cmd, port),
		"user-logs.xml":   logConfig("neo4j.log", "PatternLayout", "%d{yyyy-MM-dd HH:mm:ss.SSSZ}{GMT+0} %-5p %m%n"),
		"server-logs.xml": logConfig("debug.log", "Neo4jDebugLogLayout", "%d{yyyy-MM-dd HH:mm:ss.SSSZ}{GMT+0} %-5p [%c{1.}] %m%n"),
	}
	var err error
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(h.path("conf", name), []byte(text), 0o644))
	}
	return err
}

// settings is the text of neo4j.conf.
func settings(cfg Config, cmd command, port int) string {
	lines := []string{
		"# Written by Kith at every start; changes are lost.",

		// Nobody but this machine, and nothing but Bolt.
		"server.default_listen_address=" + strings.Split(cmd.listen, ":")[0],
		"server.bolt.listen_address=" + cmd.listen,
		fmt.Sprintf("server.bolt.advertised_address=127.0.0.1:%d", port),
		"server.http.enabled=false",
		"server.https.enabled=false",
		"dbms.usage_report.enabled=false",
		"client.allow_telemetry=false",

		fmt.Sprintf("server.memory.heap.initial_size=%dm", min(256, cfg.HeapMB)),
		fmt.Sprintf("server.memory.heap.max_size=%dm", cfg.HeapMB),
		fmt.Sprintf("server.memory.pagecache.size=%dm", cfg.PageCacheMB),

		// The log is for recovery only, nobody reads old transactions; and what a kill leaves to recover at
		// the next start, which someone waits for, is five seconds' worth. A checkpoint costs a tenth of a second.
		fmt.Sprintf("db.tx_log.rotation.size=%dm", cfg.TxLogMB),
		"db.tx_log.rotation.retention_policy=keep_none",
		"db.checkpoint.interval.time=5s",

		// A stop waits this long for more messages: five seconds each for two connectors by default, whoever is connected.
		"internal.dbms.bolt.netty_server_shutdown_quiet_period=0",
	}
	return strings.Join(lines, "\n") + "\n"
}

// logConfig writes everything to one file of at most 5 MB and keeps two older ones.
func logConfig(file, layout, pattern string) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders>
    <RollingRandomAccessFile name="File" fileName="${config:server.directories.logs}/%[1]s" filePattern="$${config:server.directories.logs}/%[1]s.%%02i">
      <%[2]s pattern="%[3]s"/>
      <Policies><SizeBasedTriggeringPolicy size="5 MB"/></Policies>
      <DefaultRolloverStrategy fileIndex="min" max="2"/>
    </RollingRandomAccessFile>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="File"/></Root>
  </Loggers>
</Configuration>
`, file, layout, pattern)
}
