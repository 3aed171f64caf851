namespace WasiCloud.Embedding.Authority;

/// <summary>A place of a guest that is observed: it lets the guest do what it may do without, and tells which paths it uses.</summary>
internal sealed class RecordingAuthority : PathAuthority
{
    private readonly PathAuthority _observed;
    private readonly IUseRecorder _recorder;
    private readonly RecordingAuthority? _parent;
    private readonly string _name;

    /// <summary>The root of what is observed.</summary>
    public RecordingAuthority(PathAuthority observed, IUseRecorder recorder)
        : this(observed, recorder, parent: null, name: string.Empty)
    {
    }

    private RecordingAuthority(PathAuthority observed, IUseRecorder recorder, RecordingAuthority? parent, string name)
        : base(observed) => (_observed, _recorder, _parent, _name) = (observed, recorder, parent, name);

    /// <inheritdoc/>
    public override bool IsStepped => true;

    /// <inheritdoc/>
    public override PathAuthority Below(string name)
    {
        var below = _observed.Below(name);
        return !below.Exists || below.IsRefused ? below : new RecordingAuthority(below, _recorder, this, name);
    }

    /// <inheritdoc/>
    public override bool Shows(string name, bool isDirectory) => _observed.Shows(name, isDirectory);

    /// <inheritdoc/>
    public override void Note(GuestAccess access)
    {
        var depth = 0;
        for (var place = this; place._parent is not null; place = place._parent) depth++;
        var names = new string[depth];
        for (var place = this; place._parent is not null; place = place._parent) names[--depth] = place._name;
        _recorder.Record(names, access, IsTenant);
    }
}
