namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>The type of something a module imports or exports; ToString completes "module.name" for a reader.</summary>
internal abstract record ExternType
{
    internal static unsafe ExternType Read(nint externType) => ExternTypeApi.Kind(externType) switch
    {
        ExternKind.Function => FunctionType.Read(ExternTypeApi.AsFunction(externType)),
        ExternKind.Global => GlobalType.Read(ExternTypeApi.AsGlobal(externType)),
        ExternKind.Table => TableType.Read(ExternTypeApi.AsTable(externType)),
        ExternKind.Memory => MemoryType.Read(ExternTypeApi.AsMemory(externType)),
        _ => new TagType(),
    };
}
