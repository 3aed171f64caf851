namespace WasiCloud.Embedding.Fuzz;

/// <summary>A promise of the library was broken. The message is the whole report.</summary>
#pragma warning disable CA1032 // Made in one place, with a message.
internal sealed class FuzzFailureException(string message) : Exception(message);
#pragma warning restore CA1032
