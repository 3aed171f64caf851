namespace WasiCloud.Embedding.Topics;

/// <summary>What tenants have of topics: made when one is first used, and forgotten when nobody uses it any more. Thread-safe.</summary>
/// <param name="transport">Told of those that are shared with other processes.</param>
internal sealed class TopicParts(ITopicTransport? transport)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Topic Origin, string Tenant), Part> _parts = [];
    private readonly Dictionary<Topic, (Topic Origin, string Tenant)> _keys = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _parts.Count;
        }
    }

    /// <summary>How many receive of all of them.</summary>
    public int SubscriberCount
    {
        get
        {
            lock (_lock) return _keys.Keys.Sum(topic => topic.SubscriberCount);
        }
    }

    /// <summary>Begins to use what a tenant has of a topic.</summary>
    public Topic Take(Topic origin, string tenant)
    {
        lock (_lock)
        {
            if (!_parts.TryGetValue((origin, tenant), out var part))
            {
                part = new Part(origin.NewPart(tenant));
                _parts.Add((origin, tenant), part);
                _keys.Add(part.Topic, (origin, tenant));

                // Within the lock, so that what comes after it is not told before.
                if (part.Topic.IsShared) transport!.Attach(part.Topic);
            }

            part.Users++;
            return part.Topic;
        }
    }

    /// <summary>Ends a use. A topic that is no part is left alone.</summary>
    public void Release(Topic topic)
    {
        lock (_lock)
        {
            if (!_keys.TryGetValue(topic, out var key) || --_parts[key].Users > 0) return;
            _parts.Remove(key);
            _keys.Remove(topic);
            if (topic.IsShared) transport!.Detach(topic);
        }
    }

    private sealed class Part(Topic topic)
    {
        public Topic Topic => topic;

        public int Users { get; set; }
    }
}
