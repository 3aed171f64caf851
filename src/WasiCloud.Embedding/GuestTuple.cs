namespace WasiCloud.Embedding;

/// <summary>Several results, which C# has as a tuple.</summary>
/// <typeparam name="T">The tuple's type.</typeparam>
internal abstract class GuestTuple<T>
    where T : unmanaged
{
    /// <summary>The types of the results.</summary>
    /// <exception cref="ArgumentException">One of them is none that guests know.</exception>
    public abstract GuestValueType[] Types { get; }

    /// <summary>The one for a type; <see langword="null"/> if it is not a tuple of numbers that guests know.</summary>
    public static GuestTuple<T>? Find()
    {
        var type = typeof(T);
        if (!type.IsGenericType || Array.Exists(type.GenericTypeArguments, static item => GuestTypes.TryGet(item) == GuestValueType.None)) return null;
        var definition = type.GetGenericTypeDefinition();
        var match = Array.Find(GuestTuples.All, tuple => tuple.Of == definition).By;
        return match is null ? null : (GuestTuple<T>)Activator.CreateInstance(match.MakeGenericType(type.GenericTypeArguments))!;
    }

    public abstract T Read(ReadOnlySpan<GuestSlot> slots);

    public abstract void Write(Span<GuestSlot> slots, T results);
}

/// <summary>The tuples of each length.</summary>
internal static class GuestTuples
{
    public static readonly (Type Of, Type By)[] All =
    [
        (typeof(ValueTuple<,>), typeof(Numbers<,>)),
        (typeof(ValueTuple<,,>), typeof(Numbers<,,>)),
        (typeof(ValueTuple<,,,>), typeof(Numbers<,,,>)),
        (typeof(ValueTuple<,,,,>), typeof(Numbers<,,,,>)),
        (typeof(ValueTuple<,,,,,>), typeof(Numbers<,,,,,>)),
        (typeof(ValueTuple<,,,,,,>), typeof(Numbers<,,,,,,>)),
    ];

    private sealed class Numbers<T1, T2> : GuestTuple<(T1, T2)>
        where T1 : unmanaged
        where T2 : unmanaged
    {
        public override GuestValueType[] Types => [GuestTypes.Of<T1>(), GuestTypes.Of<T2>()];

        public override (T1, T2) Read(ReadOnlySpan<GuestSlot> slots) => (slots[0].Get<T1>(), slots[1].Get<T2>());

        public override void Write(Span<GuestSlot> slots, (T1, T2) results)
        {
            slots[0].Set(results.Item1);
            slots[1].Set(results.Item2);
        }
    }

    private sealed class Numbers<T1, T2, T3> : GuestTuple<(T1, T2, T3)>
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
    {
        public override GuestValueType[] Types => [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>()];

        public override (T1, T2, T3) Read(ReadOnlySpan<GuestSlot> slots) => (slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>());

        public override void Write(Span<GuestSlot> slots, (T1, T2, T3) results)
        {
            slots[0].Set(results.Item1);
            slots[1].Set(results.Item2);
            slots[2].Set(results.Item3);
        }
    }

    private sealed class Numbers<T1, T2, T3, T4> : GuestTuple<(T1, T2, T3, T4)>
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged
    {
        public override GuestValueType[] Types => [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>()];

        public override (T1, T2, T3, T4) Read(ReadOnlySpan<GuestSlot> slots) =>
            (slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>());

        public override void Write(Span<GuestSlot> slots, (T1, T2, T3, T4) results)
        {
            slots[0].Set(results.Item1);
            slots[1].Set(results.Item2);
            slots[2].Set(results.Item3);
            slots[3].Set(results.Item4);
        }
    }

    private sealed class Numbers<T1, T2, T3, T4, T5> : GuestTuple<(T1, T2, T3, T4, T5)>
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged
        where T5 : unmanaged
    {
        public override GuestValueType[] Types => [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(), GuestTypes.Of<T5>()];

        public override (T1, T2, T3, T4, T5) Read(ReadOnlySpan<GuestSlot> slots) =>
            (slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>(), slots[4].Get<T5>());

        public override void Write(Span<GuestSlot> slots, (T1, T2, T3, T4, T5) results)
        {
            slots[0].Set(results.Item1);
            slots[1].Set(results.Item2);
            slots[2].Set(results.Item3);
            slots[3].Set(results.Item4);
            slots[4].Set(results.Item5);
        }
    }

    private sealed class Numbers<T1, T2, T3, T4, T5, T6> : GuestTuple<(T1, T2, T3, T4, T5, T6)>
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged
        where T5 : unmanaged
        where T6 : unmanaged
    {
        public override GuestValueType[] Types => [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(),
            GuestTypes.Of<T5>(), GuestTypes.Of<T6>()];

        public override (T1, T2, T3, T4, T5, T6) Read(ReadOnlySpan<GuestSlot> slots) =>
            (slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>(), slots[4].Get<T5>(), slots[5].Get<T6>());

        public override void Write(Span<GuestSlot> slots, (T1, T2, T3, T4, T5, T6) results)
        {
            slots[0].Set(results.Item1);
            slots[1].Set(results.Item2);
            slots[2].Set(results.Item3);
            slots[3].Set(results.Item4);
            slots[4].Set(results.Item5);
            slots[5].Set(results.Item6);
        }
    }

    private sealed class Numbers<T1, T2, T3, T4, T5, T6, T7> : GuestTuple<(T1, T2, T3, T4, T5, T6, T7)>
        where T1 : unmanaged
        where T2 : unmanaged
        where T3 : unmanaged
        where T4 : unmanaged
        where T5 : unmanaged
        where T6 : unmanaged
        where T7 : unmanaged
    {
        public override GuestValueType[] Types => [GuestTypes.Of<T1>(), GuestTypes.Of<T2>(), GuestTypes.Of<T3>(), GuestTypes.Of<T4>(),
            GuestTypes.Of<T5>(), GuestTypes.Of<T6>(), GuestTypes.Of<T7>()];

        public override (T1, T2, T3, T4, T5, T6, T7) Read(ReadOnlySpan<GuestSlot> slots) =>
            (slots[0].Get<T1>(), slots[1].Get<T2>(), slots[2].Get<T3>(), slots[3].Get<T4>(), slots[4].Get<T5>(), slots[5].Get<T6>(), slots[6].Get<T7>());

        public override void Write(Span<GuestSlot> slots, (T1, T2, T3, T4, T5, T6, T7) results)
        {
            slots[0].Set(results.Item1);
            slots[1].Set(results.Item2);
            slots[2].Set(results.Item3);
            slots[3].Set(results.Item4);
            slots[4].Set(results.Item5);
            slots[5].Set(results.Item6);
            slots[6].Set(results.Item7);
        }
    }
}
