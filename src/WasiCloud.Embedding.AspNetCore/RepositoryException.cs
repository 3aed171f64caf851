namespace WasiCloud.Embedding.AspNetCore;

/// <summary>A store's repository failed, which is 503: unlike other failures of input and output, not the client's connection.</summary>
internal sealed class RepositoryException(IOException failure) : Exception(failure.Message, failure);
