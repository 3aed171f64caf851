namespace WasiCloud.Embedding;

/// <summary>Why a guest trapped. The values are those of <c>wasmtime_trap_code_enum</c> in <c>wasmtime/trap.h</c>.</summary>
public enum GuestTrapCode
{
    /// <summary>The call stack is exhausted.</summary>
    StackOverflow = 0,

    /// <summary>A memory access is out of bounds.</summary>
    MemoryOutOfBounds = 1,

    /// <summary>A wasm atomic operation is misaligned.</summary>
    HeapMisaligned = 2,

    /// <summary>A table access is out of bounds.</summary>
    TableOutOfBounds = 3,

    /// <summary>An indirect call to a null table entry.</summary>
    IndirectCallToNull = 4,

    /// <summary>An indirect call with another signature.</summary>
    BadSignature = 5,

    /// <summary>An integer overflow.</summary>
    IntegerOverflow = 6,

    /// <summary>An integer division by zero.</summary>
    IntegerDivisionByZero = 7,

    /// <summary>A conversion of a float that no integer can represent.</summary>
    BadConversionToInteger = 8,

    /// <summary>The <c>unreachable</c> instruction, which is how C's <c>abort</c> and Rust's <c>panic=abort</c> end.</summary>
    Unreachable = 9,

    /// <summary>The guest was interrupted.</summary>
    Interrupt = 10,

    /// <summary>The guest ran out of fuel.</summary>
    OutOfFuel = 11,

    /// <summary>Another reason, told by the message.</summary>
    Other = -1,
}
