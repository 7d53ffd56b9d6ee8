using System.Runtime.InteropServices;

namespace Postern.Configuration;

/// <summary>A place in the file, as editors count: from 1. <see cref="None"/> means the file as a whole.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Position(int Line, int Column)
{
    public static Position None => default;
}
