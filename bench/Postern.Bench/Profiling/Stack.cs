namespace Postern.Bench.Profiling;

/// <summary>Where a program was at one moment: the outermost frame first.</summary>
internal sealed record Stack(int Pid, IReadOnlyList<Frame> Frames);

/// <param name="Name">The function's; the file's in brackets where it has no symbol.</param>
/// <param name="File">The program's or the library's file name; "kernel".</param>
internal readonly record struct Frame(string Name, string File);
