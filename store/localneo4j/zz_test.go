package localneo4j
import ("testing";"context";"os";"os/exec";"time";"syscall";"fmt")
func TestZZ(t *testing.T){
 if os.Getenv("ZZ")=="" {t.Skip()}
 dir:=t.TempDir()
 cfg:=Config{Dir:dir}
 for i:=0;i<2;i++ {
 b:=time.Now()
 s,err:=Start(context.Background(),cfg); if err!=nil{t.Fatal(err)}
 fmt.Println("start",time.Since(b))
 o,_:=exec.Command("/tmp/lneo/q/bench",s.URI,s.Password).CombinedOutput()
 fmt.Print(string(o))
 o,_=exec.Command("grep","-E","VmHWM|VmRSS",fmt.Sprintf("/proc/%d/status",s.process.pid())).Output()
 fmt.Print(string(o))
 o,_=exec.Command("du","-sm",dir+"/data/transactions",dir+"/data/databases").Output(); fmt.Print(string(o))
 if i==0 { syscall.Kill(s.process.pid(),9); <-s.Done() }
o,_:=exec.Command("grep","-iE","recover|checkpoint completed",dir+"/logs/debug.log").Output(); fmt.Print(string(o)); s.Stop(context.Background())
 }
 b:=time.Now()
 s,err:=Start(context.Background(),cfg); if err!=nil{t.Fatal(err)}
 fmt.Println("start",time.Since(b)); b=time.Now()
o,_:=exec.Command("grep","-iE","recover|checkpoint completed",dir+"/logs/debug.log").Output(); fmt.Print(string(o)); s.Stop(context.Background())
 fmt.Println("stop",time.Since(b))
}
