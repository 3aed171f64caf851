namespace WasiCloud.Embedding.Descriptors;

/// <summary>How the last component of a path is treated.</summary>
internal enum FinalComponent
{
    /// <summary>Not looked up: the operation creates, removes or renames the name.</summary>
    Name,

    /// <summary>Looked up, and a symbolic link is the result itself (<c>O_NOFOLLOW</c>, <c>lstat</c>).</summary>
    Node,

    /// <summary>Looked up, and symbolic links are followed.</summary>
    Follow,
}
