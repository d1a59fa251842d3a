"""演示店“蜀味源调味品批发”：自带目录和员工，九十天的账由同样的命令一笔笔记出来。"""

from core.demo.founding import found_demo

__all__ = ["found_demo"]
