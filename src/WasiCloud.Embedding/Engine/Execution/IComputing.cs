namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Who needs a place to compute, or to begin.</summary>
internal interface IComputing
{
    /// <summary>What it computes.</summary>
    CompiledModule Module { get; }

    /// <summary>With whom it shares.</summary>
    ComputeShare Share { get; }

    /// <summary>Ends it: then it needs no place any more.</summary>
    CancellationToken CancellationToken { get; }

    /// <summary>Ends what it does now, if that has a token of its own.</summary>
    CancellationToken CallToken { get; }

    /// <summary>Whether it is to end, for another reason than what it has used.</summary>
    bool MustStop { get; }
}
