namespace WasiCloud.Embedding.Topics;

/// <summary>A topic as it was added.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Access">What guests may do with it without a policy.</param>
/// <param name="Overflow">What happens to subscribers that do not read.</param>
internal sealed record TopicRegistration(string Name, TopicAccess Access, TopicOverflow Overflow);
