namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>The functions of a module that take the compiler most, as many as it may work on at one time: one on each processor.</summary>
internal sealed class LargestFunctions(int count)
{
    private readonly PriorityQueue<CompilationCost, long> _functions = new();

    /// <summary>The largest of them; nothing if there is none.</summary>
    public CompilationCost Cost { get; private set; }

    /// <summary>What they take together, in bytes.</summary>
    public long Bytes { get; private set; }

    public void Add(CompilationCost function)
    {
        if (function.FunctionBytes > Cost.FunctionBytes) Cost = function;
        Bytes += function.FunctionBytes;
        if (_functions.Count < count) _functions.Enqueue(function, function.FunctionBytes);
        else Bytes -= _functions.EnqueueDequeue(function, function.FunctionBytes).FunctionBytes;
    }
}
