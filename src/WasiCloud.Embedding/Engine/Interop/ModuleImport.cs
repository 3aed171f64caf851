namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>Renders as <c>env.foo(i32, i64) -> i32</c>, which is how a missing import is reported.</summary>
internal sealed record ModuleImport(string Module, string Name, ExternType Type)
{
    public override string ToString() => $"{Module}.{Name}{Type}";
}
