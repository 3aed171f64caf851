namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/trap.h, wasmtime_trap_code_enum, without the codes of the component model.</summary>
internal enum TrapCode : byte
{
    StackOverflow = 0,
    MemoryOutOfBounds = 1,
    HeapMisaligned = 2,
    TableOutOfBounds = 3,
    IndirectCallToNull = 4,
    BadSignature = 5,
    IntegerOverflow = 6,
    IntegerDivisionByZero = 7,
    BadConversionToInteger = 8,
    UnreachableCodeReached = 9,
    Interrupt = 10,
    OutOfFuel = 11,
    AtomicWaitNonSharedMemory = 12,
    NullReference = 13,
    ArrayOutOfBounds = 14,
    AllocationTooLarge = 15,
    CastFailure = 16,
    UnhandledTag = 19,
    ContinuationAlreadyConsumed = 20,
    DisabledOpcode = 21,
    UncaughtException = 49,
}
