package needs
import ("testing";"os";"github.com/seccompile/seccompile/cmd/seccompile/internal/image")
func TestDbg(t *testing.T){
  f,_:=os.Open(os.Getenv("BIN")); img,err:=image.Open("x",f); if err!=nil{t.Fatal(err)}
  c:=scan(img)
  for i,fn:=range img.Funcs{ switch fn.Name{ case "_start","_start_c","__libc_start_main","libc_start_main_stage2","exit","_Exit": t.Logf("%s %x-%x reached %v refs %x",fn.Name,fn.Entry,fn.End,c.isReached[i],c.refs[i])}}
  t.Logf("entry %x roots %x",img.Entry,img.Roots); fn:=img.Funcs[img.Func(img.Entry)]; t.Logf("%+v refs %x",fn,c.refs[img.Func(img.Entry)])
}
