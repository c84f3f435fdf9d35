package demo
import (
 "context";"testing";"time";"fmt";"net/http/httptest";"sync";"strings"
 "kith/auth";"kith/collect";"kith/event";"kith/identity"
)
type jr struct{mu sync.Mutex; parts []event.Part; n int}
func (j *jr) AppendEvents(_ context.Context, b []byte)(string,error){ j.mu.Lock();defer j.mu.Unlock(); b=append([]byte(nil),b...); ps,err:=event.DecodeParts(b); if err!=nil{return "",err}; j.parts=append(j.parts,ps...); j.n++; return fmt.Sprint(j.n),nil}
type qr struct{mu sync.Mutex; r []string}
func (q *qr) Add(_ context.Context, rs []event.Refused) error { q.mu.Lock();defer q.mu.Unlock(); for _,r:=range rs{q.r=append(q.r,r.Code)}; return nil}
func TestScratch(t *testing.T){
 for seed:=uint64(1);seed<=3;seed++{
 w,_:=New(Config{Seed:seed,Sources:testKeys()})
 var spec []string; for n,k:=range testKeys(){spec=append(spec,n+":"+k)}
 keys,err:=auth.ParseKeys(strings.Join(spec,",")); if err!=nil{t.Fatal(err)}
 j,q:=&jr{},&qr{}
 c,err:=collect.New(collect.Config{},j,q,keys); if err!=nil{t.Fatal(err)}
 srv:=httptest.NewServer(c.Handler()); 
 now:=time.Now()
 var rs []Request
 for s:=0;s<600;s++{ rs=append(rs,w.Next(now.Add(time.Duration(s)*time.Second))...)}
 for cl,qq:=range w.queues{ src,_,_:=strings.Cut(cl,"/"); rs=append(rs,w.batch(src,qq.items,now,0))}
 tally,err:=Send(t.Context(),srv.URL,rs,silence); srv.Close()
 var want []string; for _,r:=range rs{ for _,f:=range r.Faults{ if f!=faultConflict{want=append(want,f)}}}
 fmt.Println(tally,err,len(q.r),len(want))
 for i:=range want { if i<len(q.r)&&want[i]!=q.r[i]{t.Fatal(i,want[i],q.r[i])}}
 rules,err:=identity.ParseRules(identity.DefaultYAML()); if err!=nil{t.Fatal(err)}
 facts:=identity.Facts{}; ids:=map[identity.Key]event.Millis{}; links:=map[identity.LinkID]identity.Link{}
 warns:=map[string]int{}; bots,tests:=0,0; seen:=map[string]string{}; conf,dup:=0,0
 for _,p:=range j.parts{ calls,ref:=event.DecodeCalls(&p,event.Policy{}); if len(ref)>0{t.Fatal(ref[0].Code)}
  for _,c:=range calls{
   if h,ok:=seen[c.Source+c.MessageID];ok{ if h!=c.Hash{conf++}else{dup++}; continue}; seen[c.Source+c.MessageID]=c.Hash
   if c.Bot{bots++}; if c.Test{tests++}
   for _,x:=range c.Warnings{warns[x.Code+" "+x.Field]++}
   all:=c.Identifiers; if c.PreviousID!=nil{all=append(append([]event.Identifier{},all...),*c.PreviousID)}
   for i,a:=range all{ k:=identity.Key(a.Key()); if f,ok:=ids[k];!ok||c.At<f{ids[k]=c.At}
    for _,b:=range all[:i]{ if a.Key()==b.Key(){continue}; l:=identity.NewLink(k,identity.Key(b.Key()),identity.Observed,c.At); id:=identity.LinkID{A:l.A,B:l.B,Kind:l.Kind}; if o,ok:=links[id];!ok||c.At<o.First{links[id]=l}}}
  }}
 for k,f:=range ids{facts.Identifiers=append(facts.Identifiers,identity.Identifier{Key:k,First:f})}
 for _,l:=range links{facts.Links=append(facts.Links,l)}
 p:=identity.Resolve(rules,facts)
 truth:=w.Truth()
 for k:=range ids{ if _,ok:=truth[string(k)];!ok{t.Error("not in truth",k)}}
 for k:=range truth{ if _,ok:=ids[identity.Key(k)];!ok{t.Error("not sent",k)}}
 wrong,missed:=0,0; cellOf:=map[string]identity.Key{}
 for anchor,members:=range p.Cells(){ own:=map[string]bool{}; for _,m:=range members{ o:=truth[string(m)]; if len(o.Personas)==1{own[o.Personas[0]]=true; if o.Cell!=""{ if a,ok:=cellOf[o.Cell];ok&&a!=anchor{missed++; t.Log("missed",o.Cell,m,anchor,a)}; cellOf[o.Cell]=anchor}}}
   if len(own)>1{wrong++; t.Log("wrong",own,members)}}
 st:=map[string]int{}; for _,pl:=range p.Identifiers{ st[fmt.Sprint(pl.Status)]++; if pl.Status==identity.Shared{fmt.Println("shared",pl.Key,len(truth[string(pl.Key)].Personas))}}
 for k,o:=range truth { if len(o.Personas)>1 { x,ok:=p.Identifier(identity.Key(k)); if !ok||x.Status!=identity.Shared {t.Log("multi-owner, not shared:",k,o)}}}
 fmt.Println(len(ids),len(truth),"wrong",wrong,"missed",missed,st,warns,"bots",bots,tests,"conf",conf,"dup",dup)
 }}
